import { describe, expect, it } from 'vitest';
import { invert } from '../math/matrix.ts';
import { seeded } from '../math/seeded.ts';
import { fillIn } from './missing.ts';
import { adjustResiduals } from './residual.ts';

/** Correlation of five channels that follow two things. */
function correlation(): Float64Array[] {
  const { normal } = seeded(1);
  const loads = Array.from({ length: 5 }, () => [normal(), normal()] as const);
  const raw = loads.map(([a, b], i) => Float64Array.from(loads, ([c, d], k) => a * c + b * d + (i === k ? 0.3 : 0)));
  return raw.map((row, i) => row.map((value, k) => value / Math.sqrt(raw[i]![i]! * raw[k]![k]!)));
}

function scaledInverse(matrix: Float64Array[]): number[][] {
  const inverse = invert(matrix);
  return inverse.map((row, i) => Array.from(row, (value) => value / Math.sqrt(inverse[i]![i]!)));
}

describe('a missing channel', () => {
  it.each([[[2]], [[0, 3]], [[0, 1, 2, 4]]])('of %j is what a regression on the others says', (missing) => {
    const matrix = correlation();
    const { normal } = seeded(2);
    const deviation = Float64Array.from(matrix, normal);
    const there = [0, 1, 2, 3, 4].filter((i) => !missing.includes(i));
    const among = invert(there.map((i) => Float64Array.from(there, (k) => matrix[i]![k]!)));
    const known = there.map((i) => deviation[i]!);
    const weights = among.map((row) => row.reduce((sum, weight, k) => sum + weight * known[k]!, 0));
    fillIn(scaledInverse(matrix), deviation, missing);
    for (const i of missing)
      expect(deviation[i]).toBeCloseTo(
        there.reduce((sum, k, at) => sum + matrix[i]![k]! * weights[at]!, 0),
        9,
      );
    expect(there.map((i) => deviation[i])).toEqual(known);
  });

  it('leaves no residual of its own, and nothing of a row of which nothing is there', () => {
    const adjust = scaledInverse(correlation());
    const of = (inputs: number[]) => {
      const into = { deviation: new Float64Array(5), residual: new Float64Array(5) };
      adjustResiduals({ centre: [1, 2, 3, 4, 5], width: [1, 1, 2, 1, 1], adjust }, inputs, into);
      return into.residual;
    };
    expect(Math.abs(of([3, 1, Number.NaN, 6, 4])[2]!)).toBeLessThan(1e-9);
    expect([...of(new Array<number>(5).fill(Number.NaN))].every((residual) => Math.abs(residual) < 1e-12)).toBe(true);
  });
});
