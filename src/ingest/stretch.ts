import type { ForgetCommand, PlacedRecord } from '../model/log-record.ts';
import { encodeCopyRows, type ReadingRows } from '../store/copy-rows.ts';
import type { TextRow } from '../store/texts.ts';
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
  readonly texts: readonly TextRow[];
  /** What rules were to forget. */
  readonly forgets: readonly ForgetCommand[];
  /** Name of each tag id in `rows`, `captures` and `texts`. */
  readonly tagNames: ReadonlyMap<number, string>;
}

/** Finds what rules were to forget. */
export function gatherForgets(records: readonly PlacedRecord[]): ForgetCommand[] {
  return records.flatMap(({ record }) =>
    record.kind === 'event' && record.event.kind === 'forget' ? [record.event] : [],
  );
}

/** Makes a stretch of sorted rows. */
export function makeStretch(stretch: Omit<Stretch, 'encoded'>): Stretch {
  return { ...stretch, encoded: encodeCopyRows(stretch.rows) };
}

/**
 * True when no row of the one can have the key of a row of the other: two transactions may hold them at once. Captures and
 * texts don't count: they are stored after the stretch before is through.
 */
export function areApart({ rows: a }: Stretch, { rows: b }: Stretch): boolean {
  for (let i = 0, j = 0; i < a.tagId.length && j < b.tagId.length; ) {
    const [endOfA, endOfB] = [endOfTag(a, i), endOfTag(b, j)];
    const isSame = a.tagId[i] === b.tagId[j];
    if (isSame && a.at[i]! <= b.at[endOfB - 1]! && a.at[endOfA - 1]! >= b.at[j]!) return false;
    const isBefore = a.tagId[i]! < b.tagId[j]!;
    if (isSame || isBefore) i = endOfA;
    if (isSame || !isBefore) j = endOfB;
  }
  return true;
}

/** Where the rows of the tag that row `from` belongs to end. */
function endOfTag({ tagId }: ReadingRows, from: number): number {
  let to = from + 1;
  while (to < tagId.length && tagId[to] === tagId[from]) to++;
  return to;
}
