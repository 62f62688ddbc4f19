import { QUALITIES } from '../../model/reading.ts';
import { writeTime } from '../../model/write-time.ts';
import type { ReadingColumns } from '../../store/history.ts';

/** Longest texts of one reading: its times and words take 90 bytes, a number no more than 24, a code 18. */
const MOST_BYTES_A_READING = 144;

const AT = bytesOf('{"at":"');
const VALUE = bytesOf('","value":');
const NULL = bytesOf('null');
const QUALITY = QUALITIES.map((quality) => bytesOf(`,"quality":"${quality}"`));
const BAD = bytesOf(',"quality":"bad"');
const CODE = bytesOf(',"code":');
const END = bytesOf('},');

/**
 * The answer `{…fields, items, next}` as UTF-8, with the first `count` readings as items, each as `presentReading` has them. Written
 * byte by byte: JSON.stringify needs an object for each of 1,000 readings and twice the time, and collecting those objects made one
 * answer in twenty wait.
 */
export function readingsJson({
  fields,
  readings,
  count = readings.at.length,
  next,
}: {
  /** What stands before the items; at least one. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly readings: ReadingColumns;
  readonly count?: number;
  /** Cursor of the next page. */
  readonly next: string | null;
}): Buffer {
  const head = Buffer.from(`${JSON.stringify(fields).slice(0, -1)},"items":[`);
  const tail = Buffer.from(`],"next":${JSON.stringify(next)}}`);
  const out = Buffer.allocUnsafe(head.length + count * MOST_BYTES_A_READING + tail.length);
  const end = putReadings(out, put(out, 0, head), { readings, count });
  return out.subarray(0, put(out, end, tail));
}

/** Writes readings with commas between them; answers where they end. */
function putReadings(
  out: Uint8Array,
  offset: number,
  { readings, count }: { readonly readings: ReadingColumns; readonly count: number },
): number {
  const { at, value, quality, codes } = readings;
  let end = offset;
  for (let row = 0; row < count; row++) {
    end = writeTime(out, put(out, end, AT), at[row]!);
    end = put(out, end, VALUE);
    const number = value[row]!;
    end = Number.isFinite(number) ? putAscii(out, end, String(number)) : put(out, end, NULL);
    end = put(out, end, QUALITY[quality[row]!] ?? BAD);
    const code = codes?.get(row);
    if (code !== undefined) end = putAscii(out, put(out, end, CODE), String(code));
    end = put(out, end, END);
  }
  return count === 0 ? end : end - 1; // without the last comma
}

/** A loop: for some ten bytes a call of `set` takes longer. */
function put(out: Uint8Array, offset: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) out[offset + i] = bytes[i]!;
  return offset + bytes.length;
}

function putAscii(out: Uint8Array, offset: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[offset + i] = text.charCodeAt(i);
  return offset + text.length;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
