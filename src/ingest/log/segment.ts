import { StoreError } from '../../model/errors.ts';
import type { LogFile } from './files.ts';
import { type DictionaryEntries, decodeFrame, FRAME_HEADER_BYTES, findFrame, frameLengthAt } from './frame.ts';

/** A segment opens with `MWLOG001`, the log's id (16 bytes) and the position of its first frame (f64). */
export const SEGMENT_HEADER_BYTES = 32;
const MAGIC = Buffer.from('MWLOG001');

/** Who a segment belongs to and where in the log it begins. */
export interface SegmentHeader {
  /** 16 random bytes in hex: tells a restored database that its cursor is about another log. */
  readonly logId: string;
  /** Position of the first byte after the header. */
  readonly base: number;
}

/** What reading a whole segment found. */
export interface SegmentScan {
  /** Position after the last intact frame. */
  readonly end: number;
  readonly dictionary: DictionaryEntries;
  /** Bytes between intact frames that are damaged and skipped. */
  readonly damagedBytes: number;
  /** Bytes after the last intact frame. */
  readonly tornBytes: number;
}

/** Name of the segment that begins at `base`; names sort as positions do. */
export function segmentName(base: number): string {
  return `${String(base).padStart(16, '0')}.log`;
}

/** Position a segment file begins at, `null` for a file that is no segment. */
export function segmentBase(name: string): number | null {
  return /^\d{16}\.log$/.test(name) ? Number(name.slice(0, 16)) : null;
}

/** Writes a segment's header. */
export function encodeHeader({ logId, base }: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(bytes);
  Buffer.from(logId, 'hex').copy(bytes, 8);
  bytes.writeDoubleLE(base, 24);
  return bytes;
}

/** Reads a segment's header; `null` when the file is too short (killed while it was made). Throws `log_corrupt`. */
export async function readHeader(file: LogFile, name: string): Promise<SegmentHeader | null> {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  if ((await file.read(bytes, 0)) < SEGMENT_HEADER_BYTES) return null;
  // Zeros are what a power cut leaves of a file whose length was written and whose content was not.
  if (bytes.every((byte) => byte === 0)) return null;
  if (!bytes.subarray(0, 8).equals(MAGIC)) {
    throw new StoreError('log_corrupt', `${name} is not a segment of the readings log, or one of another version`);
  }
  return { logId: bytes.toString('hex', 8, 24), base: bytes.readDoubleLE(24) };
}

/** Reads a whole segment once, to learn its dictionary and where its intact part ends. Memory: the segment. */
export async function scanSegment(file: LogFile, base: number): Promise<SegmentScan> {
  const bytes = Buffer.allocUnsafe(Math.max(0, (await file.size()) - SEGMENT_HEADER_BYTES));
  const length = await file.read(bytes, SEGMENT_HEADER_BYTES);
  const data = bytes.subarray(0, length);
  const dictionary: (readonly [number, string])[] = [];
  let end = 0;
  let damagedBytes = 0;
  for (let offset: number | null = 0; offset !== null && offset + FRAME_HEADER_BYTES <= data.length; ) {
    const frameLength = frameLengthAt(data, offset);
    if (frameLength === null) {
      offset = findFrame(data, offset + 1);
      continue;
    }
    damagedBytes += offset - end;
    const frame = decodeFrame(data, offset, frameLength);
    if (frame.kind === 'dictionary') dictionary.push(...frame.entries);
    offset += frameLength;
    end = offset;
  }
  return { end: base + end, dictionary, damagedBytes, tornBytes: data.length - end };
}
