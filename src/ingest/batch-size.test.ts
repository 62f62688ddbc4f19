import { expect, it } from 'vitest';
import { nextBatchSize, USUAL_READINGS } from './batch-size.ts';

const after = (steps: number, size: number, state: { backlogBytes: number; tookMs: number }) => {
  let next = size;
  for (let i = 0; i < steps; i++) next = nextBatchSize(next, state);
  return next;
};

it('stays at the usual size without a backlog', () => {
  expect(after(5, USUAL_READINGS, { backlogBytes: 0, tookMs: 40 })).toBe(USUAL_READINGS);
  expect(nextBatchSize(50_000, { backlogBytes: 0, tookMs: 40 })).toBe(USUAL_READINGS);
});

it('grows with a backlog up to a bound, as long as a transaction stays short', () => {
  expect(after(10, USUAL_READINGS, { backlogBytes: 1e9, tookMs: 100 })).toBe(50_000);
  expect(after(10, USUAL_READINGS, { backlogBytes: 1e9, tookMs: 600 })).toBe(USUAL_READINGS);
});

it('shrinks down to a bound while transactions take too long, and comes back when they are quick again', () => {
  expect(nextBatchSize(50_000, { backlogBytes: 1e9, tookMs: 1_500 })).toBe(25_000);
  expect(after(20, 50_000, { backlogBytes: 1e9, tookMs: 5_000 })).toBe(2_500);
  expect(after(20, 50_000, { backlogBytes: 0, tookMs: 5_000 })).toBe(2_500);
  expect(after(1, 2_500, { backlogBytes: 0, tookMs: 20 })).toBe(USUAL_READINGS);
});
