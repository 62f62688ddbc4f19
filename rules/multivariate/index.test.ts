import { describe, expect, it } from 'vitest';
import { fQuantile } from '../math/f-quantile.ts';
import { seeded } from '../math/seeded.ts';
import { eigen } from './eigen.ts';
import { multivariate } from './index.ts';
import { addRow, distance, fitModel, speLimit, startSums } from './model.ts';

type Config = Parameters<typeof multivariate.step>[3];
const config: Config = { learn: 500, share: 0.9, chance: 0.001, lasting: 3, every: 0 };
const inputs = ['flow', 'current', 'pressure', 'temperature'].map((name) => ({
  tag: `pump-1.${name}`,
  unit: name === 'temperature' ? 'Cel' : '',
}));
const subject = { ...inputs[0]!, inputs };

describe('what the limits are made of', () => {
  // Fisher's F, upper points: Abramowitz & Stegun, table 26.9
  it.each([
    [0.05, 3, 10, 3.71],
    [0.01, 5, 20, 4.1],
    [0.05, 1, 30, 4.17],
    [0.01, 10, 60, 2.63],
  ])('F exceeded with %d at %d and %d degrees of freedom is as tabulated: %d', (probability, m, n, tabulated) => {
    expect(fQuantile(probability, m, n)).toBeCloseTo(tabulated, 1);
    expect(Math.abs(fQuantile(probability, m, n) - tabulated)).toBeLessThan(0.006);
  });

  // of equal variances the squared error is chi-squared: 11.070 and 15.086 with five degrees of freedom
  it('the squared error of Jackson and Mudholkar is chi-squared where that is known', () => {
    expect(speLimit([1, 1, 1, 1, 1], 0.0495)).toBeCloseTo(11.07, 0);
    expect(Math.abs(speLimit([1, 1, 1, 1, 1], 0.01) - 15.086)).toBeLessThan(0.1);
  });

  it('eigenvectors turn the matrix into its eigenvalues', () => {
    const matrix = [Float64Array.of(4, 1, 0.5), Float64Array.of(1, 3, 0.2), Float64Array.of(0.5, 0.2, 1)];
    const { values, vectors } = eigen(matrix);
    for (const [k, vector] of vectors.entries()) {
      for (const [i, row] of matrix.entries()) {
        const product = row.reduce((sum, value, j) => sum + value * vector[j]!, 0);
        expect(product).toBeCloseTo(values[k]! * vector[i]!, 10);
      }
    }
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(8, 10);
  });

  it('a healthy row is beyond each limit as often as asked', () => {
    const { normal } = seeded(8);
    const row = () => {
      const [load, ambient] = [normal(), normal()];
      return Float64Array.of(
        load + 0.3 * normal(),
        load + 0.3 * normal(),
        ambient + 0.3 * normal(),
        load + ambient + 0.3 * normal(),
      );
    };
    const sums = startSums(4);
    for (let i = 0; i < 2_000; i++) addRow(sums, row());
    const model = fitModel(sums, { share: 0.9, chance: 0.01 });
    expect(model.directions).toHaveLength(2);
    let [t2, spe] = [0, 0];
    for (let i = 0; i < 20_000; i++) {
      const seen = distance(model, row());
      if (seen.t2 > model.t2Limit) t2++;
      if (seen.spe > model.speLimit) spe++;
    }
    for (const rate of [t2 / 20_000, spe / 20_000]) {
      expect(rate).toBeGreaterThan(0.006);
      expect(rate).toBeLessThan(0.014);
    }
  });
});

describe('the multivariate chart', () => {
  const machine = (seed: number) => {
    const { normal, uniform } = seeded(seed);
    return (warmer = 0) => {
      const load = 40 + 20 * uniform();
      return Float64Array.of(
        load + 0.5 * normal(),
        0.2 * load + 0.1 * normal(),
        0.1 * load + 0.1 * normal(),
        30 + 0.5 * load + 0.3 * normal() + warmer,
      );
    };
  };

  it('finds a tag that no longer fits the others though it is within what it always had, and names it', () => {
    const pump = machine(1);
    const state = multivariate.init(config);
    const said = Array.from({ length: 1_520 }, (_, i) =>
      multivariate.step(state, i * 60_000, pump(i < 1_500 ? 0 : 4), config, subject),
    );
    expect(said.slice(0, 1_500).some((each) => each.state === 'abnormal')).toBe(false);
    const last = said.at(-1)!;
    if (last.state !== 'abnormal') throw new Error('a temperature 12 standard deviations beside its load was missed');
    expect(last.finding.explanation).toMatch(
      /^pump-1\.temperature no longer fits the other 3 tags for \d+ min: it is \d+\.?\d* °C, 5\d\.?\d* °C ± \d+\.?\d* °C was usual, squared error \d+\.?\d* times its limit \(learnt from 500 values\)$/,
    );
    expect(last.finding.contributions![0]!.tag).toBe('pump-1.temperature');
    const total = last.finding.contributions!.reduce((sum, { share }) => sum + share, 0);
    expect(Math.abs(total - 1)).toBeLessThan(0.02);
  });

  it('goes on with holes, and says nothing when most tags are missing', () => {
    const pump = machine(2);
    const state = multivariate.init(config);
    for (let i = 0; i < 500; i++) multivariate.step(state, i, pump(), config, subject);
    const few = Float64Array.of(Number.NaN, 10, Number.NaN, Number.NaN);
    expect(multivariate.step(state, 501, few, config, subject).state).toBe('unknown');
    expect(JSON.stringify(state).length).toBeLessThan(4 * 4_096);
    expect(multivariate.refuseTag!(config, inputs[0]!)).toMatch(/at least two/);
    expect(
      multivariate.refuseTag!(
        { ...config, learn: 100 },
        { ...subject, inputs: Array.from({ length: 20 }, () => inputs[0]!) },
      ),
    ).toMatch(/at least 200/);
  });

  it('learns from stretches of time as from readings', () => {
    const pump = machine(3);
    const settings = { ...config, every: 60_000, learn: 100 };
    const state = multivariate.init(settings);
    for (let i = 0; i < 1_300; i++) multivariate.step(state, i * 10_000, pump(), settings, subject);
    expect(multivariate.step(state, 1_300 * 10_000, pump(), settings, subject).state).toBe('normal');
    expect(state.model!.rows).toBe(100);
  });
});
