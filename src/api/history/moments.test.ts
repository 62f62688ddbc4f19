import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deviationOfMoments } from './moments.ts';

function momentsOf(values: readonly number[]) {
  const n = values.length;
  const sum = values.reduce((a, b) => a + b, 0);
  const sumSquares = values.reduce((a, b) => a + b * b, 0);
  return { n, nGood: n, nUsed: n, sum, sumSquares, min: Math.min(...values), max: Math.max(...values) };
}

/** The definition: mean first, then the squares of the distances to it. */
function deviationInTwoPasses(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1));
}

it('the deviation from sums is exact to 1e-6, or says that it is not', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, min: -1, max: 1 }), { minLength: 2, maxLength: 200 }),
      fc.constantFrom(0, 1, 1e3, 1e4, 1e6, 1e9),
      (noise, offset) => {
        const values = noise.map((each) => each + offset);
        const found = deviationOfMoments(momentsOf(values));
        if (found === 'not exact') return;
        const expected = deviationInTwoPasses(values);
        expect(Math.abs(found! - expected)).toBeLessThanOrEqual(1e-6 * expected);
      },
    ),
  );
});

it('a small deviation of large values is not taken from sums', () => {
  const values = Array.from({ length: 1_000 }, (_, i) => 1e6 + Math.sin(i));
  expect(deviationOfMoments(momentsOf(values))).toBe('not exact');
  expect(deviationOfMoments(momentsOf([1, 2, 3]))).toBe(1);
  expect(deviationOfMoments(momentsOf([1]))).toBeNull();
  expect(deviationOfMoments(momentsOf([9e-160, 0]))).toBe('not exact');
  expect(deviationOfMoments(momentsOf([1e-200, -1e-200]))).toBe('not exact');
  expect(deviationOfMoments(momentsOf([0, 0]))).toBe(0);
});
