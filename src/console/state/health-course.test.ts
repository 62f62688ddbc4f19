import { describe, expect, it } from 'vitest';
import type { HealthStretch } from '../api.generated.ts';
import { plantClock } from '../text/time-text.ts';
import { healthCourse, sayHealthCourse } from './health-course.ts';

const HOUR = 3_600_000;
const stretch = (fromHour: number, toHour: number, health: number | null): HealthStretch => ({
  from: new Date(fromHour * HOUR).toISOString(),
  to: new Date(toHour * HOUR).toISOString(),
  health,
  confidence: 1,
});

describe('the course of the health', () => {
  it('stays until it changes, and is broken where nobody knew it', () => {
    const course = healthCourse([stretch(2, 3, 1), stretch(3, 4, 0.4), stretch(4, 6, null), stretch(6, 7, 1)], {
      fromMs: 0,
      toMs: 8 * HOUR,
    });
    expect(course.line).toEqual([1, 1, 0.4, 0.4, null, null, 1, 1]);
    expect(course.atSeconds.slice(0, 4)).toEqual([7_200, 10_799.999, 10_800, 14_399.999]);
    expect(course.unknown.map(({ fromMs, toMs }) => [fromMs / HOUR, toMs / HOUR])).toEqual([
      [0, 2],
      [4, 6],
      [7, 8],
    ]);
  });

  it('is all unknown before anything was kept', () => {
    expect(healthCourse([], { fromMs: 0, toMs: HOUR })).toEqual({
      atSeconds: [],
      line: [],
      unknown: [{ fromMs: 0, toMs: HOUR }],
    });
  });

  it('is said with its lowest point', () => {
    const clock = plantClock('UTC');
    const say = (...all: HealthStretch[]) => sayHealthCourse(all, clock, 30 * HOUR);
    expect(say(stretch(1, 5, 1), stretch(5, 6, 0.2), stretch(6, 8, 0.9))).toBe(
      '1.00 at 1 Jan 01:00, lowest 0.20 from 1 Jan 05:00 on, 0.90 at 1 Jan 08:00.',
    );
    expect(say(stretch(25, 26, 1), stretch(26, 27, null))).toBe('1.00 since 01:00:00, as far as it is known.');
    expect(say(stretch(1, 5, null))).toBe('Nothing is known of it in this time.');
  });
});
