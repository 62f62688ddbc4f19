import { expect, it } from 'vitest';
import { grainDividing } from '../../model/rollup.ts';
import { stepOf } from './normal-course.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

it.each([
  { lengthMs: HOUR, everyMs: MINUTE, stepMs: MINUTE },
  { lengthMs: 7 * DAY, everyMs: MINUTE, stepMs: 26 * MINUTE },
  { lengthMs: 30 * DAY, everyMs: MINUTE, stepMs: 2 * HOUR },
  { lengthMs: 365 * DAY, everyMs: MINUTE, stepMs: DAY },
  { lengthMs: 365 * DAY, everyMs: 90 * MINUTE, stepMs: DAY },
  { lengthMs: 30 * DAY, everyMs: 2 * DAY, stepMs: 2 * DAY },
])(
  'what was normal over $lengthMs ms, judged every $everyMs ms, comes in steps of $stepMs ms',
  ({ lengthMs, everyMs, stepMs }) => {
    expect(stepOf(lengthMs, everyMs)).toBe(stepMs);
  },
);

it('what was normal over a year is worked out from days, not from half a million minutes', () => {
  expect(grainDividing(stepOf(365 * DAY, 5_000))).toBe('day');
});
