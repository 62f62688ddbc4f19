import fc from 'fast-check';
import { expect, it } from 'vitest';
import { areApart, makeStretch } from './stretch.ts';

const keys = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 12 })), { maxLength: 8 });

it('two stretches are apart when no tag has rows of both in one span of time', () => {
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      const overlap = [1, 2, 3, 4, 5, 6].some((tag) => {
        const [x, y] = [timesOf(a, tag), timesOf(b, tag)];
        return x.length > 0 && y.length > 0 && Math.min(...x) <= Math.max(...y) && Math.max(...x) >= Math.min(...y);
      });
      expect(areApart(stretchOf(a), stretchOf(b))).toBe(!overlap);
    }),
  );
});

type Keys = readonly (readonly [tag: number, at: number])[];

function timesOf(rows: Keys, tag: number): number[] {
  return rows.filter((row) => row[0] === tag).map((row) => row[1]);
}

function stretchOf(given: Keys) {
  const rows = given.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  return makeStretch({
    end: 0,
    rows: {
      tagId: Int32Array.from(rows, ([tag]) => tag),
      at: Float64Array.from(rows, ([, at]) => at),
      value: new Float64Array(rows.length),
      quality: new Uint8Array(rows.length),
      codes: new Map(),
    },
    duplicates: 0,
    conflicts: 0,
    captures: [],
    texts: [],
    forgets: [],
    tagNames: new Map(),
  });
}
