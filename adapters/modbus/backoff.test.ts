import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';

test('waits 1 s after the first failure, twice as long after each more, never over 30 s', () => {
  const backoff = new Backoff<number>();
  const waits: number[] = [];
  for (let i = 0; i < 7; i++) {
    backoff.failed(1, 0);
    let waitMs = 0;
    while (backoff.isWaiting(1, waitMs)) waitMs += 500;
    waits.push(waitMs);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test('a success forgets the failures', () => {
  const backoff = new Backoff<string>();
  backoff.failed('a', 0);
  expect(backoff.hasFailed('a')).toBe(true);
  backoff.succeeded('a');
  expect(backoff.hasFailed('a')).toBe(false);
  expect(backoff.isWaiting('a', 0)).toBe(false);
});

test('a clock that was set back by an hour does not stretch the wait', () => {
  const backoff = new Backoff<string>();
  backoff.failed('a', 3_600_000);
  expect(backoff.isWaiting('a', 0)).toBe(false);
});
