import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverRange, GRAIN_MS, grainDividing, grainWithin } from './rollup.ts';

describe('covering a range with rollups', () => {
  it('covers it exactly, in order, with whole buckets', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: 1, max: 4e10 }),
        fc.constantFrom('raw' as const, 'minute' as const, 'hour' as const, 'day' as const),
        (from, lengthMs, coarsest) => {
          const stretches = coverRange({ from, to: from + lengthMs }, coarsest);
          expect(stretches.length).toBeLessThanOrEqual(7);
          expect(stretches[0]!.from).toBe(from);
          expect(stretches.at(-1)!.to).toBe(from + lengthMs);
          for (const [i, { grain, from: begin, to: end }] of stretches.entries()) {
            expect(end).toBeGreaterThan(begin);
            if (i > 0) expect(begin).toBe(stretches[i - 1]!.to);
            if (grain !== 'raw') expect([begin % GRAIN_MS[grain], end % GRAIN_MS[grain]]).toEqual([0, 0]);
            else if (coarsest !== 'raw') expect(end - begin).toBeLessThan(2 * GRAIN_MS.minute);
          }
        },
      ),
    );
  });

  it('picks the coarsest grain that fits', () => {
    expect([59_999, 60_000, 3_600_000, 1e12].map(grainWithin)).toEqual(['raw', 'minute', 'hour', 'day']);
    expect([1_000, 90_000, 300_000, 7_200_000, 172_800_000].map(grainDividing)).toEqual([
      'raw',
      'raw',
      'minute',
      'hour',
      'day',
    ]);
  });
});
