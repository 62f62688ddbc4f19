import { describe, expect, it } from 'vitest';
import { twoSidedQuantile } from './normal-quantile.ts';

describe('the two-sided normal quantile', () => {
  // Abramowitz & Stegun 1964, table 26.6
  it.each([
    [0.05, 1.959964],
    [0.0027, 2.999976],
    [5.733e-7, 5.0],
    [1.973e-9, 6.0],
  ])('of %d is %d', (probability, quantile) => {
    expect(twoSidedQuantile(probability)).toBeCloseTo(quantile, 4);
  });
});
