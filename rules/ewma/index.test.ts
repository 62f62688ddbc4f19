import { describe, expect, it } from 'vitest';
import { seeded } from '../math/seeded.ts';
import { ewma } from './index.ts';

const subject = { tag: 'pump-1.flow', unit: 'l/min' };

/** Readings until the chart alarms, on average, when mean 0 and standard deviation 1 are known and the mean moves to `shift`. */
function averageRunLength({
  lambda,
  sigmas,
  shift,
  runs,
}: {
  lambda: number;
  sigmas: number;
  shift: number;
  runs: number;
}) {
  const config = { lambda, sigmas, minSigma: 0, learn: 10 };
  const { normal } = seeded(7);
  let total = 0;
  for (let run = 0; run < runs; run++) {
    const state = { readings: 10, mean: 0, squares: 9, smoothed: 0, since: null };
    for (let length = 1; ; length++) {
      if (ewma.step(state, length, Float64Array.of(normal() + shift), config, subject).state !== 'abnormal') continue;
      total += length;
      break;
    }
  }
  return total / runs;
}

describe('the EWMA chart', () => {
  // Lucas & Saccucci 1990, table 3: λ = 0.10, L = 2.814: average run length 500, 31.3 (shift 0.5), 10.3 (1), 4.36 (2)
  it.each([
    [0, 500, 20],
    [0.5, 31.3, 1.5],
    [1, 10.3, 0.4],
    [2, 4.36, 0.15],
  ])('runs as long as published at a shift of %d: %d readings', (shift, published, tolerance) => {
    const length = averageRunLength({ lambda: 0.1, sigmas: 2.814, shift, runs: 8_000 });
    expect(Math.abs(length - published)).toBeLessThan(tolerance);
  });

  it('says what is wrong, by how much and since when', () => {
    const config = { lambda: 0.2, sigmas: 5, minSigma: 0.1, learn: 50 };
    const state = ewma.init(config);
    for (let i = 0; i < 50; i++) ewma.step(state, i * 1_000, Float64Array.of(i % 2), config, subject);
    const verdicts = Array.from({ length: 60 }, (_, i) =>
      ewma.step(state, (50 + i) * 1_000, Float64Array.of(10), config, subject),
    );
    const last = verdicts.at(-1)!;
    if (last.state !== 'abnormal') throw new Error('a shift of 19 standard deviations was missed');
    expect(last.finding.explanation).toBe(
      'pump-1.flow is 10 l/min on average where 0.5 l/min ± 0.8418 l/min is normal: too high for 59 s',
    );
    expect(ewma.step(state, 200_000, Float64Array.of(Number.NaN), config, subject).state).toBe('unknown');
  });
});
