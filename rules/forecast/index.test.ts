import { describe, expect, it } from 'vitest';
import type { Finding, RemainingLife, Verdict } from '../detector.ts';
import { robustLine } from '../math/robust-line.ts';
import { seeded } from '../math/seeded.ts';
import { stepsToLimit } from '../math/time-to-limit.ts';
import { forecast } from './index.ts';

const subject = { tag: 'pump-1.vibration', unit: 'mm/s' };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** More seeds where there is time: `FORECAST_RUNS=1000`. */
const RUNS = Number(process.env['FORECAST_RUNS'] ?? 20);

type Config = Parameters<typeof forecast.step>[3];
const config: Config = {
  high: 7.1,
  within: 30 * DAY_MS,
  soon: 7 * DAY_MS,
  growth: 'linear',
  every: HOUR_MS,
  blocks: 72,
  sigmas: 3,
};

/** What is said after each hour, one reading in each. */
function watch(hours: number, measure: (hour: number) => number, settings = config): Verdict[] {
  const state = forecast.init(settings);
  return Array.from({ length: hours }, (_, hour) =>
    forecast.step(state, hour * HOUR_MS, Float64Array.of(measure(hour)), settings, subject),
  );
}

describe('a forecast', () => {
  const wear = (seed: number, perDay = 0.25) => {
    const { normal } = seeded(seed);
    return (hour: number) => 2 + (perDay * hour) / 24 + 0.05 * normal();
  };

  it('says when, with an interval, from which level and how fast', () => {
    const last = watch(120, wear(1)).at(-1)!;
    if (last.state !== 'abnormal') throw new Error('a rise of 15 times the scatter was missed');
    expect(last.level).toBe('H');
    expect(last.finding.limit).toBe(7.1);
    expect(last.finding.value).toBeCloseTo(3.24, 1);
    expect(last.rul!.p50 / 24).toBeGreaterThan(13);
    expect(last.rul!.p50 / 24).toBeLessThan(18);
    expect(last.finding.explanation).toMatch(
      /^pump-1\.vibration reaches 7\.1 mm\/s in \d+–\d+ d \(most likely 1\d d\): over the last 3 d it rose by 0\.\d+ mm\/s a day, to 3\.\d+ mm\/s at the end of that line$/,
    );
  });

  it('is urgent when the limit is near, and only known while it is far', () => {
    const near = watch(432, wear(2)).at(-1)!;
    expect(near).toMatchObject({ state: 'abnormal', level: 'HH' });
    const far = watch(120, wear(3, 0.06)).filter(({ rul }) => rul !== undefined);
    expect(far.length).toBeGreaterThan(0);
    expect(far.every(({ state }) => state === 'normal')).toBe(true);
  });

  it('is not made of four weeks of stationary noise in 95 % of the runs, nor of noise that follows itself', () => {
    let wrong = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const { normal } = seeded(seed);
      let level = 0;
      const noise = () => {
        level = (seed % 2 === 0 ? 0.6 : 0) * level + normal();
        return 4 + 0.5 * level;
      };
      const both = { ...config, low: 0.9 };
      if (watch(4 * 168, noise, both).some(({ rul }) => rul !== undefined)) wrong++;
    }
    expect(wrong / RUNS).toBeLessThanOrEqual(0.05);
  }, 120_000);

  it('holds in four of five cases what its interval promises', () => {
    let [told, inside] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const { normal } = seeded(seed);
      const perHour = 0.004 + (0.0002 * seed) / 4;
      const values = Float64Array.from({ length: 72 }, (_, hour) => 2 + perHour * hour + 0.08 * normal());
      const line = robustLine(
        Array.from(values, (_, i) => i),
        values,
        3,
      );
      const left = stepsToLimit(line, 7.1, { fitted: 72, sigmas: 3, most: 1e5 });
      const truth = (7.1 - 2) / perHour - 71;
      if (left === null) continue;
      told++;
      if (left.p10 <= truth && truth <= left.p90) inside++;
    }
    expect(told).toBe(60);
    expect(inside / told).toBeGreaterThanOrEqual(0.7);
  });

  it('with the same share added each day is of an exponential', () => {
    const { normal } = seeded(9);
    const doubling = (hour: number) => 2 * 2 ** (hour / 96) * (1 + 0.01 * normal());
    const verdicts = watch(120, doubling, { ...config, high: 16, growth: 'exponential' });
    const left = verdicts.at(-1)!.rul!;
    const truth = 3 * 96 - 119;
    expect(Math.abs(left.p50 - truth)).toBeLessThan(20);
    const straight = watch(120, doubling, { ...config, high: 16 }).at(-1)!.rul as RemainingLife;
    expect(straight.p50).toBeGreaterThan(left.p50);
  });

  it('ends when the machine was repaired and a window has shown nothing', () => {
    const worn = wear(4);
    const verdicts = watch(400, (hour) => (hour < 200 ? worn(hour) : worn(0)));
    expect(verdicts[199]!.state).toBe('abnormal');
    expect(verdicts.at(-1)!.state).toBe('normal');
  });

  it('says that a limit is reached by what it was, not by a reading that it does not have', () => {
    const worn = wear(5);
    const { finding } = watch(521, (hour) => (hour < 520 ? worn(hour) : 2)).at(-1) as { finding: Finding };
    expect(finding.explanation).toMatch(
      /^pump-1\.vibration has reached 7\.1 mm\/s: the median of its last full 3 h is 7\.\d+ mm\/s$/,
    );
  });

  it('is over when the limit is reached, and needs none of its own', () => {
    expect(watch(520, wear(5)).at(-1)).toMatchObject({
      state: 'abnormal',
      level: 'HH',
      rul: { p10: 0, p50: 0, p90: 0 },
    });
    expect(forecast.refuse!({ ...config, high: undefined } as never)).toMatch(/at least one/);
    expect(forecast.refuse!({ ...config, low: 8 })).toMatch(/lower than high/);
    expect(forecast.refuse!({ ...config, low: -1, growth: 'exponential' })).toMatch(/above 0/);
    expect(forecast.refuse!(config)).toBeNull();
  });
});
