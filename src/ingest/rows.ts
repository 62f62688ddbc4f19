import { HISTORICAL, qualityBits } from '../model/batch.ts';
import type { PlacedRecord } from '../model/log-record.ts';
import { StatusCode } from '../model/status-code.ts';
import type { ReadingRows } from '../store/copy-rows.ts';

/** Rows of several log batches in columns, in the order of the log. */
export interface GatheredRows {
  /** Tag names; `tag` holds indices into this list. */
  readonly tags: readonly string[];
  readonly tag: Int32Array;
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly codes: ReadonlyMap<number, number>;
}

/** Rows as the database takes them fastest: sorted by (tag id, time), each key once. */
export interface SortedRows {
  readonly rows: ReadingRows;
  /** Repeated keys with the same value. */
  readonly duplicates: number;
  /** Repeated keys with another value: the first one stays. */
  readonly conflicts: number;
}

/** Collects the readings of `records`. Linear. */
export function gatherRows(records: readonly PlacedRecord[], names: ReadonlyMap<number, string>): GatheredRows {
  let n = 0;
  for (const { record } of records) if (record.kind === 'readings') n += record.batch.tag.length;
  const all = emptyColumns(n);
  const tags: string[] = [];
  const indexOf = new Map<number, number>();
  let row = 0;
  for (const { record } of records) {
    if (record.kind !== 'readings') continue;
    const { tag, at, value, quality, codes } = record.batch;
    all.quality.set(quality, row);
    for (let i = 0; i < tag.length; i++) {
      let index = indexOf.get(tag[i]!);
      if (index === undefined) {
        // A name can be missing only when damage took the dictionary with it; the readings are kept under their number.
        index = tags.push(names.get(tag[i]!) ?? `lost-names.log-${tag[i]}`) - 1;
        indexOf.set(tag[i]!, index);
      }
      all.tag[row + i] = index;
      if (quality[i]! & HISTORICAL) {
        all.quality[row + i] = qualityBits(quality[i]!);
        if (quality[i] === HISTORICAL) all.codes.set(row + i, StatusCode.goodEntryInserted);
      }
    }
    all.at.set(at, row);
    all.value.set(value, row);
    for (const [i, code] of codes) all.codes.set(row + i, code);
    row += tag.length;
  }
  return { tags, ...all };
}

/**
 * Sorts by (tag id, time): that saves the database a quarter of its work. `ids` are those of `gathered.tags`. A key that
 * comes twice would cost the whole batch its fast path, so it is left out here. Linear where each tag's readings come in
 * the order of their times, as they nearly always do: a comparison sort of 50,000 rows would hold up the event loop.
 */
export function sortRows(gathered: GatheredRows, ids: readonly number[]): SortedRows {
  const micros = gathered.at.map((at) => Math.round(at * 1_000)); // the database's resolution: what is equal there is one key
  const { order, starts } = orderByTag(gathered.tag, ids);
  for (let rank = 0; rank + 1 < starts.length; rank++) {
    const run = order.subarray(starts[rank], starts[rank + 1]);
    if (!isAscending(run, micros)) run.sort((a, b) => micros[a]! - micros[b]! || a - b);
  }
  return pick(gathered, { ids, order, micros });
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

/** Counting sort, stable: row numbers by tag id, and where the rows of each tag begin. */
function orderByTag(tag: Int32Array, ids: readonly number[]): { order: Uint32Array; starts: Uint32Array } {
  const byId = ids.map((_, index) => index).sort((a, b) => ids[a]! - ids[b]!);
  const rankOf = new Uint32Array(ids.length);
  for (const [rank, index] of byId.entries()) rankOf[index] = rank;
  const starts = new Uint32Array(ids.length + 1);
  for (const index of tag) starts[rankOf[index]! + 1]!++;
  for (let rank = 0; rank < ids.length; rank++) starts[rank + 1]! += starts[rank]!;
  const next = starts.slice();
  const order = new Uint32Array(tag.length);
  for (let row = 0; row < tag.length; row++) order[next[rankOf[tag[row]!]!]!++] = row;
  return { order, starts };
}

function isAscending(run: Uint32Array, micros: Float64Array): boolean {
  for (let i = 1; i < run.length; i++) if (micros[run[i]!]! < micros[run[i - 1]!]!) return false;
  return true;
}

function pick(
  all: GatheredRows,
  {
    ids,
    order,
    micros,
  }: { readonly ids: readonly number[]; readonly order: Uint32Array; readonly micros: Float64Array },
): SortedRows {
  const rows = emptyColumns(order.length);
  let n = 0;
  let duplicates = 0;
  let conflicts = 0;
  let lastMicros = Number.NaN;
  for (const i of order) {
    const tagId = ids[all.tag[i]!]!;
    if (n > 0 && rows.tag[n - 1] === tagId && lastMicros === micros[i]) {
      if (Object.is(rows.value[n - 1], all.value[i]) && rows.quality[n - 1] === all.quality[i]) duplicates++;
      else conflicts++;
      continue;
    }
    lastMicros = micros[i]!;
    rows.tag[n] = tagId;
    rows.at[n] = all.at[i]!;
    rows.value[n] = all.value[i]!;
    rows.quality[n] = all.quality[i]!;
    const code = all.codes.size === 0 ? undefined : all.codes.get(i);
    if (code !== undefined) rows.codes.set(n, code);
    n++;
  }
  return {
    rows: {
      tagId: rows.tag.subarray(0, n),
      at: rows.at.subarray(0, n),
      value: rows.value.subarray(0, n),
      quality: rows.quality.subarray(0, n),
      codes: rows.codes,
    },
    duplicates,
    conflicts,
  };
}

/** Rows `from` (inclusive) to `to` (exclusive). */
export function sliceRows({ tagId, at, value, quality, codes }: ReadingRows, from: number, to: number): ReadingRows {
  const own = [...codes].filter(([row]) => row >= from && row < to);
  return {
    tagId: tagId.subarray(from, to),
    at: at.subarray(from, to),
    value: value.subarray(from, to),
    quality: quality.subarray(from, to),
    codes: new Map(own.map(([row, code]) => [row - from, code])),
  };
}
