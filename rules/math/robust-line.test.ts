import { describe, expect, it } from 'vitest';
import { mannKendall } from './mann-kendall.ts';
import { isTrend, robustLine } from './robust-line.ts';
import { seeded } from './seeded.ts';

const steps = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The upper tail of a standard normal variable. Source: M. Abramowitz & I. A. Stegun, 1964, 26.2.17; error below 1e-7. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const sum = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}

describe('the Mann-Kendall test', () => {
  // Kendall, Rank Correlation Methods, 1975, table of the score's distribution, n = 10: probability to reach it
  it.each([
    [15, 0.108],
    [19, 0.054],
    [21, 0.036],
    [23, 0.023],
    [25, 0.014],
  ])('gives a score of %d of ten values the published probability', (score, published) => {
    const values = permutationOf(10, score);
    const test = mannKendall(steps(10), values, 0);
    expect(test.score).toBe(score);
    // independent values: n(n-1)(2n+5)/18
    const z = (score - 1) / Math.sqrt((10 * 9 * 25) / 18);
    expect(Math.abs(upperTail(z) - published)).toBeLessThan(0.003);
    expect(test.z).toBeLessThanOrEqual(z + 1e-12);
  });

  it('takes from the variance what equal values take', () => {
    // two groups of three: (6·5·17 − 2·3·2·11)/18
    expect(mannKendall(steps(6), [1, 1, 1, 2, 2, 2], 0.4).variance).toBeGreaterThanOrEqual((510 - 132) / 18);
    expect(mannKendall(steps(4), [3, 3, 3, 3], 0)).toEqual({ score: 0, variance: 0, z: 0 });
  });

  it('counts values that follow each other for fewer than they are', () => {
    const { normal } = seeded(3);
    let level = 0;
    const values = steps(60).map(() => {
      level = 0.7 * level + normal();
      return level;
    });
    expect(mannKendall(steps(60), values, 0).variance).toBeGreaterThan((2 * (60 * 59 * 125)) / 18);
  });
});

describe('the robust line', () => {
  it('goes through a ramp, whatever a tenth of its values say', () => {
    const values = steps(40).map((i) => (i % 10 === 3 ? 900 : 5 + 0.25 * i));
    const line = robustLine(steps(40), values, 3);
    expect(line.slope).toBeCloseTo(0.25, 10);
    expect(line.first).toBeCloseTo(5, 10);
    expect(line.last).toBeCloseTo(14.75, 10);
  });

  // Sen 1968, §6: the slope of normal values has 3/π of the efficiency of least squares, whose variance is 12σ²/(n(n²−1))
  it('scatters as in closed form, and its interval holds what it promises', () => {
    const { normal } = seeded(11);
    const [n, runs] = [30, 600];
    let [squares, inside] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const line = robustLine(
        steps(n),
        Float64Array.from(steps(n), (i) => 0.5 * i + normal()),
        1.96,
      );
      squares += (line.slope - 0.5) ** 2;
      if (line.low <= 0.5 && line.high >= 0.5) inside++;
    }
    const closedForm = (12 / (n * (n * n - 1))) * (Math.PI / 3);
    expect(squares / runs / closedForm).toBeGreaterThan(0.85);
    expect(squares / runs / closedForm).toBeLessThan(1.15);
    expect(inside / runs).toBeGreaterThan(0.93);
  });

  // Durlauf & Phillips 1988: without the wander in it, every other walk is a "trend"
  it('takes few random walks for a trend', () => {
    let [found, fooled] = [0, 0];
    for (let seed = 1; seed <= 200; seed++) {
      const { normal } = seeded(seed);
      let level = 0;
      const line = robustLine(
        steps(72),
        Float64Array.from(steps(72), () => {
          level += normal();
          return level;
        }),
        3,
      );
      if (isTrend(line, 3)) found++;
      if (Math.abs(line.test.z) > 3) fooled++;
    }
    expect(found).toBeLessThanOrEqual(8);
    expect(fooled).toBeGreaterThan(50);
  });
});

/** Distinct values whose pairs rise `score` more often than they fall: reversed neighbours in an ascending row. */
function permutationOf(n: number, score: number): number[] {
  const values = steps(n);
  let inversions = ((n * (n - 1)) / 2 - score) / 2;
  for (let from = 0; inversions > 0; from++) {
    const to = Math.min(n - 1 - from, inversions);
    values.splice(from + to, 0, ...values.splice(from, 1));
    inversions -= to;
    if (from > n) throw new Error(`no row of ${n} has the score ${score}`);
  }
  return values;
}
