/** Rows of `reading` in columns, ready for the database: ids are the database's. */
export interface ReadingRows {
  readonly tagId: Int32Array;
  /** EpochMs; the fraction carries microseconds. */
  readonly at: Float64Array;
  /** NaN is stored as null. */
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  /** Raw status codes of the rows that have one: row number → 32-bit code. */
  readonly codes: ReadonlyMap<number, number>;
}

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const POSTGRES_EPOCH_MS = 946_684_800_000; // 2000-01-01
const LONGEST_ROW_BYTES = 2 + 8 + 12 + 12 + 6 + 8;

/**
 * Encodes `(tag_id int4, at timestamptz, value float8, quality int2, code int4)` in PostgreSQL's binary COPY format
 * (documentation of COPY, "Binary Format"): 36–48 bytes a row.
 */
export function encodeCopyRows(rows: ReadingRows): Buffer {
  const n = rows.tagId.length;
  const bytes = Buffer.allocUnsafe(19 + n * LONGEST_ROW_BYTES + 2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  SIGNATURE.copy(bytes);
  bytes.fill(0, 11, 19);
  let o = 19;
  for (let i = 0; i < n; i++) {
    const micros = Math.round((rows.at[i]! - POSTGRES_EPOCH_MS) * 1_000);
    const high = Math.floor(micros / 0x1_0000_0000);
    view.setUint32(o, 0x0005_0000); // five fields; the upper half of the first length is 0
    view.setUint16(o + 4, 4);
    view.setInt32(o + 6, rows.tagId[i]!);
    view.setUint32(o + 10, 8);
    view.setInt32(o + 14, high);
    view.setUint32(o + 18, micros - high * 0x1_0000_0000);
    o += 22;
    const value = rows.value[i]!;
    if (Number.isNaN(value)) {
      view.setInt32(o, -1);
      o += 4;
    } else {
      view.setUint32(o, 8);
      view.setFloat64(o + 4, value);
      o += 12;
    }
    view.setUint32(o, 2);
    view.setInt16(o + 4, rows.quality[i]!);
    o += 6;
    const code = rows.codes.get(i);
    view.setInt32(o, code === undefined ? -1 : 4);
    o += 4;
    if (code !== undefined) {
      view.setInt32(o, code | 0);
      o += 4;
    }
  }
  view.setInt16(o, -1);
  return bytes.subarray(0, o + 2);
}
