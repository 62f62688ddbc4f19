import { describe, expect, it } from 'vitest';
import { allanVariance, measureWander } from './allan-variance.ts';
import { invert, shrunkCorrelation } from './matrix.ts';
import { median, robustScale } from './robust.ts';
import { seeded } from './seeded.ts';

describe('robust location and width', () => {
  it('is not moved by a wild value', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(robustScale([1, 2, 3, 4, 5]).width).toBeCloseTo(1.4826, 10);
  });

  it('has a width for a signal of few levels', () => {
    expect(robustScale([0, 0, 0, 0, 1, 0, 0, 0, 0, 1]).width).toBeGreaterThan(0);
    expect(robustScale([7, 7, 7]).width).toBe(0);
  });
});

describe('the Allan variance', () => {
  it('is half the square of the rise between blocks of a ramp', () => {
    const ramp = Array.from({ length: 100 }, (_, i) => 0.25 * i);
    expect(allanVariance(ramp, 10)).toBeCloseTo(2.5 ** 2 / 2, 10);
  });

  // Allan 1966: 1/width for white noise, width/3 for a random walk of unit steps
  it('falls with the width for white noise and grows for a random walk', () => {
    const { normal } = seeded(1);
    const noise = Array.from({ length: 100_000 }, normal);
    let sum = 0;
    const walk = noise.map((step) => {
      sum += step;
      return sum;
    });
    expect(allanVariance(noise, 16) * 16).toBeCloseTo(1, 1);
    expect(allanVariance(walk, 64) / (64 / 3)).toBeGreaterThan(0.9);
    expect(allanVariance(walk, 64) / (64 / 3)).toBeLessThan(1.1);
    expect(measureWander(noise).exponent).toBeCloseTo(-0.5, 0);
    expect(measureWander(walk).exponent).toBeCloseTo(0.5, 0);
  });
});

describe('the correlation and its inverse', () => {
  it('multiply to one', () => {
    const matrix = [Float64Array.of(2, 0.5, 0.1), Float64Array.of(0.5, 1, 0.3), Float64Array.of(0.1, 0.3, 4)];
    const inverse = invert(matrix);
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) {
        const product = matrix[a]!.reduce((sum, value, k) => sum + value * inverse[k]![b]!, 0);
        expect(product).toBeCloseTo(a === b ? 1 : 0, 12);
      }
    }
  });

  it('is pulled towards none by what was asked', () => {
    const rows = [Float64Array.of(1, 1), Float64Array.of(-1, -1), Float64Array.of(2, 2)];
    expect(shrunkCorrelation(rows, 2, 0.25)[0]![1]).toBeCloseTo(0.75, 12);
  });
});
