import { describe, expect, it } from 'vitest';
import { predict, RidgeSums } from './ridge.ts';

describe('ridge regression', () => {
  // Anscombe's first quartet (The American Statistician 27(1), 1973): y = 3.00 + 0.500 x
  it('without a penalty is least squares', () => {
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const sums = new RidgeSums(2);
    for (const [i, value] of x.entries()) sums.add(Float64Array.of(1, value), y[i]!);
    const [constant, slope] = sums.solve(0);
    expect(constant).toBeCloseTo(3.0001, 4);
    expect(slope).toBeCloseTo(0.50009, 5);
  });

  // of one standardised feature the weight is n/(n + penalty) of the least squares one
  it('shrinks as its closed form says, and adds up in parts', () => {
    const [left, right] = [new RidgeSums(2), new RidgeSums(2)];
    for (const sign of [-1, 1]) (sign < 0 ? left : right).add(Float64Array.of(1, sign), 3 * sign + 5);
    left.addAll(right);
    const weights = left.solve(2);
    expect(predict(weights, Float64Array.of(1, 1))).toBeCloseTo(5 + (3 * 2) / (2 + 2), 10);
  });
});
