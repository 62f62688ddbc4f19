import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noiseFloor, noiseFloorAt } from './noise-floor.ts';
import { SlidingMedian } from './sliding-median.ts';

/** Ends of windows that only move forward, over values with many alike, infinite ones and some that are no numbers. */
const walk = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(Number.NaN), fc.constant(Infinity)), { minLength: 1 })
  .chain((values) =>
    fc.record({
      values: fc.constant(values),
      ends: fc.array(fc.tuple(fc.nat(values.length), fc.nat(values.length)), { maxLength: 30 }),
    }),
  );

describe('a sliding median', () => {
  it('is that of its window sorted anew, wherever the window goes', () => {
    fc.assert(
      fc.property(walk, ({ values, ends }) => {
        const median = new SlidingMedian(Float64Array.from(values), values.length);
        const asNumbers = values.map((value) => (Number.isNaN(value) ? Infinity : value));
        let [from, to] = [0, 0];
        for (const [a, b] of ends) {
          from = Math.max(from, Math.min(a, b));
          to = Math.max(to, from, Math.max(a, b));
          const sorted = Float64Array.from(asNumbers.slice(from, to)).sort();
          expect(median.over(from, to)).toBe(sorted[sorted.length >> 1]);
        }
      }),
    );
  });
});

describe('the noise under lines', () => {
  it.each([1, 20, 65, 5_000])('is the same at one line as over all, by %d lines to both sides', (halfWidth) => {
    const powers = Float64Array.from({ length: 1_025 }, (_, i) => Math.abs(Math.sin(i * i)));
    const floor = noiseFloor(powers, { halfWidth });
    const floorAt = noiseFloorAt(powers, { halfWidth });
    expect(Array.from(powers, (_, line) => floorAt(line))).toEqual([...floor]);
  });
});
