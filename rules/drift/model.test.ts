import { describe, expect, it } from 'vitest';
import { seeded } from '../math/seeded.ts';
import { follow, startPast } from './drives.ts';
import { addLesson, explain, fitModel, isSound, startLessons } from './model.ts';

const { normal } = seeded(11);
const N = 2_000;

/** Rows of two features and two responses: the plane 3 + 2a − 5b without noise, and noise of standard deviation 0.5. */
const rows = Array.from({ length: N }, () => {
  const [a, b] = [10 + normal(), -4 + 0.1 * normal()];
  return Float64Array.of(1, a, b, 3 + 2 * a - 5 * b, 0.5 * normal());
});
const lessons = startLessons(5);
for (const row of rows) addLesson(lessons, row, N);
const model = fitModel(lessons, 2);

describe('what the drives explain', () => {
  it('is the plane that the rows lie on, as closely as the ridge lets it', () => {
    const { values } = explain(model, Float64Array.of(11, -3.9));
    expect(values[0]).toBeCloseTo(3 + 22 + 19.5, 1);
    expect(model.scatter[0]!).toBeLessThan(0.01);
  });

  it('leaves of noise what theory says of rows that were not learnt from: σ·√(1 + p/n), p = 3 of ¾ n', () => {
    expect(model.scatter[1]!).toBeGreaterThan(0.5 * Math.sqrt(1 + 3 / (0.75 * N)) * 0.97);
    expect(model.scatter[1]!).toBeLessThan(0.5 * Math.sqrt(1 + 3 / (0.75 * N)) * 1.03);
  });

  it('says of the rows it learnt from that they are as strange as usual: the squared distances have the mean p', () => {
    const sum = rows.reduce((total, row) => total + explain(model, row.subarray(1, 3)).strangeness, 0);
    expect(sum / N).toBeCloseTo(1, 2);
    expect(explain(model, Float64Array.of(10, -3)).strangeness).toBeGreaterThan(40);
  });

  it('is not sound when a lesson was beyond what numbers hold', () => {
    const marred = startLessons(5);
    for (const [i, row] of rows.entries()) addLesson(marred, i === 50 ? row.with(4, 1e200) : row, N);
    expect(isSound(model)).toBe(true);
    expect(isSound(fitModel(marred, 2))).toBe(false);
  });

  it('sees a drive through a first-order lag: 1 − e⁻¹ of a step after one time constant', () => {
    const past = startPast();
    let features: Float64Array | null = null;
    for (let at = 0; at <= 30_000; at += 100) {
      features = follow(past, at, Float64Array.of(at > 20_000 ? 1 : 0), 10_000);
    }
    expect(features?.[3]).toBeCloseTo(1 - Math.exp(-1), 6);
    expect(features?.[2]).toBeCloseTo(1 - Math.exp(-4), 6);
    expect(follow(past, 50_000, Float64Array.of(1), 10_000)).toBeNull(); // a hole: what was before is not known
  });
});
