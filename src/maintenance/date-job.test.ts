import { describe, expect, it } from 'vitest';
import { dateJob } from './date-job.ts';

const HOUR_MS = 3_600_000;
const AT = 1_790_000_000_000;
const policy = { dueMs: 168 * HOUR_MS };
const left = (p10: number, p50: number, p90: number) => ({ at: AT - HOUR_MS, p10, p50, p90 });

describe('the date of a job', () => {
  it('is that of the policy without a forecast, and where the forecast is later', () => {
    expect(dateJob({ at: AT }, policy)).toEqual({ dueAt: AT + policy.dueMs, note: '' });
    expect(dateJob({ at: AT, rul: left(216, 288, 384) }, policy)).toEqual({
      dueAt: AT + policy.dueMs,
      note: '\nTime left: 9 d (P10), 12 d (P50), 16 d (P90).',
    });
  });

  it('is P10 where that is sooner, counted from when the forecast was made', () => {
    const { dueAt, note } = dateJob({ at: AT, rul: left(72, 96, 120) }, policy);
    expect(dueAt).toBe(AT + 71 * HOUR_MS);
    expect(note).toContain('(P90), which is why the job is due before the usual time.');
  });

  it('is never before the alert', () => {
    expect(dateJob({ at: AT, rul: left(0, 0, 0) }, policy)).toEqual({
      dueAt: AT,
      note: '\nNo time is left, which is why the job is due before the usual time.',
    });
  });
});
