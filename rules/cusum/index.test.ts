import { describe, expect, it } from 'vitest';
import { averageRunLength, cusumLimit } from '../math/cusum-limit.ts';
import { seeded } from '../math/seeded.ts';
import { cusum } from './index.ts';

const subject = { tag: 'pump-1.flow', unit: 'l/min' };
type Config = Parameters<typeof cusum.step>[3];
const config: Config = { shift: 1, falseEvery: 100_000, minSigma: 0, learn: 50, every: 0 };

/** Values until the chart alarms, on average, when mean 0 and deviation 1 are known and the mean moves to `shift`. */
function measureRunLength(shift: number, limit: number, runs: number): number {
  const { normal } = seeded(21);
  let total = 0;
  for (let run = 0; run < runs; run++) {
    const state = { ...cusum.init(config), normal: { count: 50, mean: 0, squares: 49 }, limit };
    for (let length = 1; ; length++) {
      if (cusum.step(state, length, Float64Array.of(normal() + shift), config, subject).state !== 'abnormal') continue;
      total += length;
      break;
    }
  }
  return total / runs;
}

describe('the CUSUM chart', () => {
  // Hawkins & Olwell 1998, §3; the same in Montgomery, Introduction to Statistical Quality Control, table 9.3: k = 0.5, two-sided
  it.each([
    [4, 0, 168, 8],
    [4, 0.5, 26.6, 1],
    [4, 1, 8.38, 0.25],
    [4, 2, 3.34, 0.1],
    [5, 0.5, 38, 1.5],
    [5, 1, 10.4, 0.3],
    [5, 2, 4.01, 0.1],
  ])('with h = %d and a shift of %d runs as long as published: %d values', (limit, shift, published, tolerance) => {
    expect(Math.abs(measureRunLength(shift, limit, 2_000) - published)).toBeLessThan(tolerance);
  });

  it('has the limit that follows from the false alarms that are allowed', () => {
    // exact: 168 and 465 two-sided
    expect(averageRunLength(0, { reference: 0.5, limit: 4 }) / 2).toBeCloseTo(168, -1);
    expect(averageRunLength(0, { reference: 0.5, limit: 5 }) / 2).toBeCloseTo(467, -1);
    expect(cusumLimit(465, 0.5)).toBeCloseTo(5, 1);
    expect(cusumLimit(168, 0.5)).toBeCloseTo(4, 1);
  });

  it('says what is wrong, by how much and since when', () => {
    const state = cusum.init(config);
    const at = (i: number) => i * 60_000;
    for (let i = 0; i < 50; i++) cusum.step(state, at(i), Float64Array.of(4 + (i % 2)), config, subject);
    for (let i = 50; i < 80; i++) cusum.step(state, at(i), Float64Array.of(4 + (i % 2)), config, subject);
    let last = cusum.step(state, at(80), Float64Array.of(5.5), config, subject);
    for (let i = 81; i < 110; i++) last = cusum.step(state, at(i), Float64Array.of(5.5), config, subject);
    if (last.state !== 'abnormal') throw new Error('a shift of two standard deviations was missed');
    expect(last.finding.explanation).toMatch(
      /^pump-1\.flow has been 5\.\d+ l\/min on average for about (29|3\d) min where 4\.5 l\/min is normal \(scatter 0\.5051 l\/min, learnt from 50 values\): (1|0\.9\d*) l\/min too high$/,
    );
    for (let i = 110; i < 160; i++) last = cusum.step(state, at(i), Float64Array.of(4.5), config, subject);
    expect(last.state).toBe('normal');
  });

  it('judges nothing where nothing moved while it learnt, unless the resolution is known', () => {
    const settings = { ...config, minSigma: 0.1 };
    const [still, known] = [cusum.init(config), cusum.init(settings)];
    const said = Array.from({ length: 100 }, (_, i) => {
      const input = Float64Array.of(i < 60 ? 4 : 5);
      return [cusum.step(still, i, input, config, subject).state, cusum.step(known, i, input, settings, subject).state];
    });
    expect(said.at(-1)).toEqual(['unknown', 'abnormal']);
  });
});
