import { expect, it } from 'vitest';
import type { Clock } from '../model/clock.ts';
import { waitForLastJobs } from './last-jobs.ts';

it('a job that hangs on the database holds up the stop for a second, one that ends for no longer than it takes', async () => {
  const slept: number[] = [];
  let leftEarly = 0;
  const never = new Promise<void>(() => undefined);
  const atOnce: Clock = { now: () => 0, sleep: async (ms) => void slept.push(ms) };
  await waitForLastJobs([Promise.resolve(), never], atOnce);
  expect(slept).toEqual([1_000]);
  const forEver: Clock = {
    now: () => 0,
    sleep: (_, signal) => {
      signal?.addEventListener('abort', () => leftEarly++);
      return never;
    },
  };
  await waitForLastJobs([Promise.resolve()], forEver);
  expect(leftEarly).toBe(1);
});
