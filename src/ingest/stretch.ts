import type { EpochMs } from '../model/reading.ts';
import { encodeCopyRows, type ReadingRows } from '../store/copy-rows.ts';
import type { PackedCapture } from './captures.ts';

/** A stretch of the log, ready to be stored in one transaction. */
export interface Stretch {
  /** Where it ends in the log: where the cursor stands once it is stored. */
  readonly end: number;
  readonly rows: ReadingRows;
  /** Readings of the stretch that repeat a key of it: with the same value, and with another one. */
  readonly duplicates: number;
  readonly conflicts: number;
  readonly encoded: Buffer;
  readonly captures: readonly PackedCapture[];
  /** Name of each tag id in `rows` and `captures`. */
  readonly tagNames: ReadonlyMap<number, string>;
  /** Time of the first and the last row of each tag. */
  readonly spans: ReadonlyMap<number, readonly [first: EpochMs, last: EpochMs]>;
}

/** Makes a stretch of sorted rows. */
export function makeStretch(stretch: Omit<Stretch, 'encoded' | 'spans'>): Stretch {
  return { ...stretch, encoded: encodeCopyRows(stretch.rows), spans: spansOf(stretch.rows) };
}

/**
 * True when no row of the one can have the key of a row of the other: two transactions may hold them at once. Captures don't
 * count: they are stored after the stretch before is through.
 */
export function areApart(a: Stretch, b: Stretch): boolean {
  for (const [tagId, [first, last]] of b.spans) {
    const other = a.spans.get(tagId);
    if (other !== undefined && first <= other[1] && last >= other[0]) return false;
  }
  return true;
}

function spansOf({ tagId, at }: ReadingRows): Map<number, [EpochMs, EpochMs]> {
  const spans = new Map<number, [EpochMs, EpochMs]>();
  for (let from = 0; from < tagId.length; ) {
    let to = from + 1;
    while (to < tagId.length && tagId[to] === tagId[from]) to++;
    spans.set(tagId[from]!, [at[from]!, at[to - 1]!]);
    from = to;
  }
  return spans;
}
