import { describe, expect, it } from 'vitest';
import { MOST_ATTEMPTS, nextAttemptMs } from './backoff.ts';

const middle = () => 0.5;

describe('the schedule of attempts', () => {
  it('is the one of the Standard Webhooks specification', () => {
    const waits = Array.from({ length: MOST_ATTEMPTS }, (_, attempts) => nextAttemptMs(attempts, middle));
    const minutes = waits.map((ms) => (ms ?? Number.NaN) / 60_000);
    expect(minutes).toEqual([0, 5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440]);
  });

  it('ends after the last attempt', () => {
    expect(nextAttemptMs(MOST_ATTEMPTS, middle)).toBeNull();
    expect(nextAttemptMs(1_000, middle)).toBeNull();
  });

  it('is spread by a fifth either way', () => {
    expect(nextAttemptMs(2, () => 0)).toBe(240_000);
    expect(nextAttemptMs(2, () => 0.999_999_99)).toBe(360_000);
  });
});
