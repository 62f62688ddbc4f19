import { describe, expect, it } from 'vitest';
import { PRIORITIES } from '../model/alert.ts';
import { dateJob } from './date-job.ts';

const HOUR_MS = 3_600_000;
const AT = 1_790_000_000_000;
const policy = { dueMs: 168 * HOUR_MS };
const calm = { at: AT, priority: 'medium', level: 'H' } as const;
const left = (p10: number, p50: number, p90: number) => ({ at: AT - HOUR_MS, p10, p50, p90 });

describe('the date of a job', () => {
  it('is that of the policy without a forecast, and where the forecast is later', () => {
    expect(dateJob(calm, policy)).toEqual({ dueAt: AT + policy.dueMs, note: '' });
    expect(dateJob({ ...calm, rul: left(216, 288, 384) }, policy)).toEqual({
      dueAt: AT + policy.dueMs,
      note: '\nTime left: 9 d (P10), 12 d (P50), 16 d (P90).',
    });
  });

  it('is P10 where that is sooner, counted from when the forecast was made', () => {
    const { dueAt, note } = dateJob({ ...calm, rul: left(72, 96, 120) }, policy);
    expect(dueAt).toBe(AT + 71 * HOUR_MS);
    expect(note).toContain('(P90), which is why the job is due before the usual time.');
  });

  it('leaves time to get there, also where no time is left', () => {
    const reached = dateJob({ ...calm, level: 'HH', rul: left(0, 0, 0) }, policy);
    expect(reached.dueAt).toBe(AT + 24 * HOUR_MS);
    expect(reached.note).toBe('\nNo time is left, which is why the job is due before the usual time.');
    expect(dateJob({ ...calm, priority: 'critical', rul: left(0, 0, 0) }, policy).dueAt).toBe(AT + 4 * HOUR_MS);
    expect(dateJob({ ...calm, rul: left(0.05, 0.5, 2) }, policy).dueAt).toBe(AT + HOUR_MS);
    expect(dateJob({ ...calm, rul: left(0, 0, 0) }, { dueMs: HOUR_MS / 2 }).dueAt).toBe(AT + HOUR_MS / 2);
  });

  it('follows priority and level where the plant file says none: worse is sooner', () => {
    const hours = (['H', 'HH'] as const).map((level) =>
      PRIORITIES.map((priority) => (dateJob({ at: AT, priority, level }, {}).dueAt - AT) / HOUR_MS),
    );
    expect(hours).toEqual([
      [336, 168, 24, 8],
      [168, 24, 8, 4],
    ]);
    expect(dateJob({ ...calm, level: 'LL' }, {})).toEqual({
      dueAt: AT + 24 * HOUR_MS,
      note: '\nDue within 24 h: its priority is medium, and it is very low (LL).',
    });
    expect(dateJob({ ...calm, level: 'HH' }, policy)).toEqual({ dueAt: AT + policy.dueMs, note: '' });
  });

  it('is P10 also before the date of its priority', () => {
    const severe = { ...calm, level: 'HH' } as const;
    expect(dateJob({ ...severe, rul: left(5, 8, 12) }, {}).dueAt).toBe(AT + 4 * HOUR_MS);
    expect(dateJob({ ...severe, rul: left(216, 288, 384) }, {}).note).toBe(
      '\nDue within 24 h: its priority is medium, and it is very high (HH).\nTime left: 9 d (P10), 12 d (P50), 16 d (P90).',
    );
  });
});
