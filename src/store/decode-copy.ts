/** Rows of `reading` in columns as they came from the database. */
export interface DecodedRows {
  readonly tagId: Int32Array;
  /** EpochMs; the fraction carries microseconds. */
  readonly at: Float64Array;
  /** NaN where there is no value. */
  readonly value: Float64Array;
  /** 0 good, 1 uncertain, 2 bad. */
  readonly quality: Uint8Array;
}

/** Signature, flags and the length of an extension that nobody uses. */
const HEADER_BYTES = 19;
/** 2000-01-01 in µs since 1970. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000;
const SMALLEST_ROW_BYTES = 2 + 8 + 12 + 4 + 6;

/**
 * Decodes `(tag_id int4, at timestamptz, value float8, quality int2)` in PostgreSQL's binary COPY format (documentation of
 * COPY, "Binary Format"), row by row into columns that are handed out by `take`.
 */
export class CopyDecoder {
  #tagId = new Int32Array(0);
  #at = new Float64Array(0);
  #value = new Float64Array(0);
  #quality = new Uint8Array(0);
  #length = 0;
  #isBegun = false;

  /** Makes room for all rows that can be in so many bytes, over those that were taken. */
  reserve(bytes: number): void {
    this.#length = 0;
    const capacity = Math.ceil(bytes / SMALLEST_ROW_BYTES) + 1;
    if (capacity <= this.#at.length) return;
    this.#tagId = new Int32Array(capacity);
    this.#at = new Float64Array(capacity);
    this.#value = new Float64Array(capacity);
    this.#quality = new Uint8Array(capacity);
  }

  /** Decodes the content of one CopyData message: whole rows, the header before the first. */
  add(view: DataView, from: number, to: number): void {
    let o = from;
    if (!this.#isBegun) {
      this.#isBegun = true;
      o += HEADER_BYTES;
    }
    while (o + 2 <= to && view.getInt16(o) === 4) {
      const row = this.#length++;
      this.#tagId[row] = view.getInt32(o + 6);
      const micros = view.getInt32(o + 14) * 0x1_0000_0000 + view.getUint32(o + 18);
      this.#at[row] = (micros + POSTGRES_EPOCH_MICROS) / 1_000;
      o += 22;
      if (view.getInt32(o) === -1) {
        this.#value[row] = Number.NaN;
        o += 4;
      } else {
        this.#value[row] = view.getFloat64(o + 4);
        o += 12;
      }
      this.#quality[row] = view.getInt16(o + 4);
      o += 6;
    }
  }

  /** The rows since `reserve`, until the next one. */
  take(): DecodedRows {
    const n = this.#length;
    return {
      tagId: this.#tagId.subarray(0, n),
      at: this.#at.subarray(0, n),
      value: this.#value.subarray(0, n),
      quality: this.#quality.subarray(0, n),
    };
  }
}
