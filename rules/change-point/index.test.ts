import { describe, expect, it } from 'vitest';
import { logGamma } from '../math/f-quantile.ts';
import { seeded } from '../math/seeded.ts';
import { changePoint } from './index.ts';
import { startRuns, weigh } from './run-lengths.ts';

const subject = { tag: 'fan-2.current', unit: 'A' };
type Config = Parameters<typeof changePoint.step>[3];
const config: Config = { expected: 10_000, confidence: 0.999, minSigma: 0, learn: 100, hold: 3_600_000, every: 0 };
const MINUTE_MS = 60_000;
const prior = { mean: 0, strength: 0.01, shape: 1, scale: 1 };

/** Logarithm of the probability of values of one level, in closed form (K. P. Murphy, Conjugate Bayesian analysis, 2007, eq. 95). */
function logMarginal(values: readonly number[]): number {
  const n = values.length;
  if (n === 0) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const strength = prior.strength + n;
  const shape = prior.shape + n / 2;
  const scale = prior.scale + squares / 2 + (prior.strength * n * (mean - prior.mean) ** 2) / (2 * strength);
  return (
    logGamma(shape) -
    logGamma(prior.shape) +
    prior.shape * Math.log(prior.scale) -
    shape * Math.log(scale) +
    0.5 * Math.log(prior.strength / strength) -
    (n / 2) * Math.log(2 * Math.PI)
  );
}

describe('the run lengths', () => {
  it('have the probabilities that the sum over all ways to cut the values gives', () => {
    const values = [0.1, -0.4, 0.3, 3.1, 2.7, 3.4, 0.2];
    const [n, hazard] = [values.length, 0.1];
    const exact = new Map<number, number>();
    for (let cuts = 0; cuts < 1 << n; cuts++) {
      let [log, start] = [0, 0];
      for (let i = 0; i < n; i++) {
        const isCut = (cuts >> i) & 1;
        log += Math.log(isCut ? hazard : 1 - hazard);
        if (isCut) {
          log += logMarginal(values.slice(start, i + 1));
          start = i + 1;
        }
      }
      exact.set(start, (exact.get(start) ?? 0) + Math.exp(log + logMarginal(values.slice(start))));
    }
    const total = [...exact.values()].reduce((sum, weight) => sum + weight, 0);
    const runs = startRuns();
    for (const [index, value] of values.entries()) weigh(runs, value, index, { prior, hazard });
    expect(runs).toHaveLength(n + 1);
    for (const { start, weight } of runs) expect(weight).toBeCloseTo(exact.get(start)! / total, 10);
  });
});

describe('a change point', () => {
  const watch = (values: number, measure: (i: number) => number) => {
    const state = changePoint.init(config);
    const said = Array.from({ length: values }, (_, i) =>
      changePoint.step(state, i * MINUTE_MS, Float64Array.of(measure(i)), config, subject),
    );
    return { said, state };
  };

  it('is told with from, to, since and how sure, and the new level is normal after a while', () => {
    const { normal } = seeded(2);
    const { said, state } = watch(600, (i) => (i < 300 ? 12 : 13) + 0.3 * normal());
    const first = said.findIndex((each) => each.state === 'abnormal');
    expect(first).toBeGreaterThan(303);
    expect(first).toBeLessThan(315);
    const verdict = said[first + 30]!;
    if (verdict.state !== 'abnormal') throw new Error('it was not told for an hour');
    expect(verdict.finding.explanation).toMatch(
      /^fan-2\.current changed from (12|11\.9\d*|12\.0\d*) A to 1[23]\.?\d* A on average about [34]\d min ago \(99\.9\d* % sure, usual scatter 0\.\d+ A\)$/,
    );
    expect(said.at(-1)!.state).toBe('normal');
    expect(JSON.stringify(state).length).toBeLessThan(4_096);
  });

  it('is not told of noise', () => {
    let wrong = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const { normal } = seeded(seed);
      const { said } = watch(2_016, () => normal());
      if (said.some((each) => each.state === 'abnormal')) wrong++;
    }
    expect(wrong).toBe(0);
  });
});
