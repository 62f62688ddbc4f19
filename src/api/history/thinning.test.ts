import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadingColumns } from '../../store/history.ts';
import { isTrusted, pickExtremes } from './extremes.ts';
import { pickLargestTriangles } from './lttb.ts';

const RANGE = { from: 0, to: 100_000 };

/** Readings of one tag in order of time, some bad, some without a value. */
const someReadings = fc
  .uniqueArray(
    fc.record({
      at: fc.integer({ min: RANGE.from, max: RANGE.to - 1 }),
      value: fc.oneof(fc.double({ noDefaultInfinity: true, noNaN: true }), fc.constant(Number.NaN)),
      quality: fc.constantFrom(0, 0, 0, 1, 2),
    }),
    { selector: ({ at }) => at, maxLength: 300 },
  )
  .map((rows): ReadingColumns => {
    const sorted = rows.sort((a, b) => a.at - b.at);
    return {
      at: Float64Array.from(sorted, ({ at }) => at),
      value: Float64Array.from(sorted, ({ value }) => value),
      quality: Uint8Array.from(sorted, ({ value, quality }) => (Number.isNaN(value) ? 2 : quality)),
    };
  });

describe('extremes', () => {
  it('keep the lowest and the highest trusted value of every stretch, and never more than two readings', () => {
    fc.assert(
      fc.property(someReadings, fc.integer({ min: 1, max: 50 }), (readings, buckets) => {
        const picked = pickExtremes(readings, { ...RANGE, buckets });
        expect(picked).toEqual([...new Set(picked)].sort((a, b) => a - b));
        const bucketOf = (row: number) => Math.floor(readings.at[row]! / ((RANGE.to - RANGE.from) / buckets));
        for (let bucket = 0; bucket < buckets; bucket++) {
          const all = Array.from(readings.at.keys()).filter((row) => bucketOf(row) === bucket);
          const own = picked.filter((row) => bucketOf(row) === bucket);
          expect(own.length).toBeLessThanOrEqual(2);
          expect(own.length > 0).toBe(all.length > 0);
          const values = (rows: number[]) =>
            rows.filter((row) => isTrusted(readings, row)).map((row) => readings.value[row]!);
          expect([Math.min(...values(own)), Math.max(...values(own))]).toEqual([
            Math.min(...values(all)),
            Math.max(...values(all)),
          ]);
        }
      }),
    );
  });
});

describe('largest triangles', () => {
  it('are the number asked for, in order, with both ends', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), {
          minLength: 1,
          maxLength: 500,
        }),
        fc.integer({ min: 2, max: 100 }),
        (y, count) => {
          const x = y.map((_, i) => i * 1_000);
          const picked = pickLargestTriangles(x, y, count);
          expect(picked).toHaveLength(Math.min(count, y.length));
          expect(picked).toEqual([...new Set(picked)].sort((a, b) => a - b));
          expect([picked[0], picked.at(-1)]).toEqual([0, y.length - 1]);
        },
      ),
    );
  });

  it('keep the one spike of a flat line', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 998 }), (spike) => {
        const y = Array.from({ length: 1_000 }, (_, i) => (i === spike ? 100 : 0));
        expect(pickLargestTriangles([...y.keys()], y, 20)).toContain(spike);
      }),
    );
  });
});
