import type { PlacedRecord } from '../model/log-record.ts';

/** Rows of several log batches in columns, sorted by (tag, time), each key once. */
export interface GatheredRows {
  /** Tag names; `tag` holds indices into this list. */
  readonly tags: readonly string[];
  readonly tag: Int32Array;
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly codes: ReadonlyMap<number, number>;
  /** Repeated keys with the same value. */
  readonly duplicates: number;
  /** Repeated keys with another value: the first one stays. */
  readonly conflicts: number;
}

/**
 * Collects the readings of `records`. Sorting them by (tag, time) saves the database a quarter of its work;
 * a key that comes twice would cost the whole batch its fast path. O(n log n).
 */
export function gatherRows(records: readonly PlacedRecord[], names: ReadonlyMap<number, string>): GatheredRows {
  const tags: string[] = [];
  const indexOf = new Map<string, number>();
  const all = concatenate(records, (id) => {
    // A name can be missing only when damage took the dictionary with it; the readings are kept under their number.
    const name = names.get(id) ?? `lost-names.log-${id}`;
    const known = indexOf.get(name);
    if (known !== undefined) return known;
    indexOf.set(name, tags.length);
    return tags.push(name) - 1;
  });
  const order = Uint32Array.from({ length: all.tag.length }, (_, i) => i).sort(
    (a, b) => all.tag[a]! - all.tag[b]! || micros(all.at[a]!) - micros(all.at[b]!) || a - b,
  );
  return { tags, ...pick(all, order) };
}

interface Columns {
  readonly tag: Int32Array;
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly codes: Map<number, number>;
}

function emptyColumns(n: number): Columns {
  return {
    tag: new Int32Array(n),
    at: new Float64Array(n),
    value: new Float64Array(n),
    quality: new Uint8Array(n),
    codes: new Map(),
  };
}

function concatenate(records: readonly PlacedRecord[], tagIndex: (id: number) => number): Columns {
  let n = 0;
  for (const { record } of records) if (record.kind === 'readings') n += record.batch.tag.length;
  const all = emptyColumns(n);
  let row = 0;
  for (const { record } of records) {
    if (record.kind !== 'readings') continue;
    const { tag, at, value, quality, codes } = record.batch;
    for (let i = 0; i < tag.length; i++) all.tag[row + i] = tagIndex(tag[i]!);
    all.at.set(at, row);
    all.value.set(value, row);
    all.quality.set(quality, row);
    for (const [i, code] of codes) all.codes.set(row + i, code);
    row += tag.length;
  }
  return all;
}

function pick(all: Columns, order: Uint32Array): Columns & { duplicates: number; conflicts: number } {
  const rows = emptyColumns(order.length);
  let n = 0;
  let duplicates = 0;
  let conflicts = 0;
  for (const i of order) {
    if (n > 0 && rows.tag[n - 1] === all.tag[i] && micros(rows.at[n - 1]!) === micros(all.at[i]!)) {
      if (Object.is(rows.value[n - 1], all.value[i]) && rows.quality[n - 1] === all.quality[i]) duplicates++;
      else conflicts++;
      continue;
    }
    rows.tag[n] = all.tag[i]!;
    rows.at[n] = all.at[i]!;
    rows.value[n] = all.value[i]!;
    rows.quality[n] = all.quality[i]!;
    const code = all.codes.get(i);
    if (code !== undefined) rows.codes.set(n, code);
    n++;
  }
  return {
    tag: rows.tag.subarray(0, n),
    at: rows.at.subarray(0, n),
    value: rows.value.subarray(0, n),
    quality: rows.quality.subarray(0, n),
    codes: rows.codes,
    duplicates,
    conflicts,
  };
}

/** The database keeps microseconds: two times that differ by less are the same key. */
function micros(at: number): number {
  return Math.round(at * 1_000);
}
