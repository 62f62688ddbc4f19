import { describe, expect, it } from 'vitest';
import type { CorrectionEvent } from '../model/log-record.ts';
import { LateReadings } from './late-readings.ts';

const T0 = 1_790_000_000_000;
const correction: CorrectionEvent = {
  kind: 'correction',
  at: T0 + 30_000,
  review: 70,
  transitions: [
    {
      alert: '00000000-0000-8000-a000-000000000001',
      rule: 'flow-high',
      kind: 'machine',
      tag: 'pump.flow',
      asset: 'pump',
      source: null,
      priority: 'high',
      workOrder: null,
      effect: 'corrected',
      state: 'normal',
      at: T0 + 30_000,
      raisedAt: T0 - 60_000,
      level: 'H',
      finding: null,
      by: null,
      note: 'late readings show that it would have been raised',
    },
  ],
};

function withReview(): LateReadings {
  const late = new LateReadings();
  late.note('pump.flow', T0 - 60_000, T0);
  late.tick(T0 + 20_000, 70);
  expect(late.review?.id).toBe(70);
  return late;
}

describe('a review of late readings', () => {
  it('is journaled where its record lies', () => {
    const late = withReview();
    expect(late.correct(correction, 80)).toEqual([{ ...correction.transitions[0], position: 80 }]);
    expect(late.review).toBeNull();
  });

  it('is journaled once, though a crash had it looked at again', () => {
    const late = withReview();
    late.correct(correction, 80);
    const { late: before } = late.snapshot();
    expect(late.correct({ ...correction, at: T0 + 90_000 }, 90)).toEqual([]);
    expect(late.snapshot().late).toEqual(before);
  });
});
