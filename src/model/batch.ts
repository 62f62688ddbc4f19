/**
 * Readings in columns: row `i` is `tag[i], at[i], value[i], quality[i]`. All columns have the same length.
 * No object per reading is made between the readings log and the database or the detectors.
 */
export interface Batch {
  /** Ids of the readings log's own dictionary, not of the database. */
  readonly tag: Int32Array;
  /** EpochMs; the fraction carries microseconds. */
  readonly at: Float64Array;
  /** In the tag's unit; NaN = no value (only with quality bad). */
  readonly value: Float64Array;
  /** Stored quality numbers: 0 good, 1 uncertain, 2 bad; plus `HISTORICAL` where the reading was known before now. */
  readonly quality: Uint8Array;
  /** Raw status codes, only for the rows that have one: row number → 32-bit code. */
  readonly codes: ReadonlyMap<number, number>;
}

/** Bit of a batch's quality byte: the reading is history, not news. A bit costs the log nothing, and old logs have it at 0. */
export const HISTORICAL = 4;

/** The stored quality number of a quality byte. */
export function qualityBits(byte: number): number {
  return byte & 3;
}

/** Number of readings in a batch. */
export function batchLength(batch: Batch): number {
  return batch.tag.length;
}
