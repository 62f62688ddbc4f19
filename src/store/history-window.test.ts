import { expect, it } from 'vitest';
import type { DecodedRows } from './decode-copy.ts';
import { digitsIn, HistoryWindow } from './history-window.ts';

const WEEK_MS = 7 * 86_400_000;
const FROM = Date.UTC(2026, 10, 1);

/** Numbers in (0, 1). Source: S. K. Park and K. W. Miller, Communications of the ACM 31(10), 1988. */
function seeded(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function draw(seed: number, n: number, { spanMs, tags }: { spanMs: number; tags: number }): DecodedRows {
  const random = seeded(seed);
  const at = Float64Array.from({ length: n }, () => (FROM * 1_000 + Math.floor(random() * spanMs * 1_000)) / 1_000);
  return {
    tagId: Int32Array.from(at, () => 1 + Math.floor(random() * tags)),
    at,
    value: Float64Array.from(at, (_, i) => (i % 7 === 0 ? Number.NaN : i)),
    quality: Uint8Array.from(at, (_, i) => i % 3),
  };
}

const part = ({ tagId, at, value, quality }: DecodedRows, from: number, to: number): DecodedRows => ({
  tagId: tagId.subarray(from, to),
  at: at.subarray(from, to),
  value: value.subarray(from, to),
  quality: quality.subarray(from, to),
});
const listed = ({ tagId, at, value, quality }: DecodedRows) =>
  Array.from(at, (time, i) => ({ time, tag: tagId[i]!, value: value[i]!, quality: quality[i]! }));

it.each([
  { spanMs: WEEK_MS, tags: 10_000_000 },
  { spanMs: 20, tags: 2_147_483_647 },
  { spanMs: 0.02, tags: 5 },
  { spanMs: 5_000, tags: 3_000 },
  { spanMs: 5 * 3_600_000, tags: 1 },
])('rows come out by time, then by tag, each as it was, window after window: %j', (shape) => {
  const window = new HistoryWindow();
  for (const [seed, n] of [0, 1, 500, 2, 700, 60].entries()) {
    const rows = draw(seed, n, shape);
    window.clear();
    for (let from = 0; from < n; from += 150) window.add(part(rows, from, from + 150));
    const expected = listed(rows).sort((a, b) => a.time - b.time || a.tag - b.tag);
    expect(listed(window.sorted())).toEqual(expected);
    expect(window.length).toBe(n);
  }
});

it.each([
  [0, []],
  [2_047, [0]],
  [4_194_303, [0, 11]],
  [4_194_304, [0, 11, 22]],
  [2_147_483_647, [0, 11, 22]],
])('keys up to %i are sorted in one pass for each of their digits', (most, shifts) => {
  expect(digitsIn(most)).toEqual(shifts);
});

it('rows that are in order already come out as they are', () => {
  const window = new HistoryWindow();
  window.add(draw(1, 500, { spanMs: 5_000, tags: 3 }));
  const sorted = listed(window.sorted());
  const again = new HistoryWindow();
  again.add(window.sorted());
  expect(listed(again.sorted())).toEqual(sorted);
});
