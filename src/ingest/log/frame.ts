import type { LogEvent, LogRecord } from '../../model/log-record.ts';
import { decodeThermalFrame, decodeWaveform, encodeCapture } from './capture-body.ts';
import { crc32c } from './crc32c.ts';
import { decodeTexts, encodeTexts } from './text-body.ts';

/**
 * A frame on disk, little-endian:
 * `u32 body length · u32 CRC-32C of everything after it · u8 kind · u8 0 · u16 mark · body`.
 * The mark makes a search for the next frame after damage cheap; the CRC decides.
 */
export const FRAME_HEADER_BYTES = 12;
/** A longer body is taken for damage: bounds what a flipped length can make a reader allocate. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

const MARK = 0x574d; // "MW"
const READINGS_HEADER_BYTES = 16;
const KIND = { dictionary: 1, readings: 2, clock: 3, event: 4, waveform: 5, thermalFrame: 6, texts: 7 } as const;

/** New names of the log's dictionary: log id → tag name. */
export type DictionaryEntries = readonly (readonly [id: number, name: string])[];

/** What one frame holds. */
export type Frame = LogRecord | { readonly kind: 'dictionary'; readonly entries: DictionaryEntries };

/**
 * Writes one frame; a reading costs 21 bytes, a raw status code 8 more, a sample or a pixel 4. `allocate` gives the memory for
 * frames of readings, of which there are many. Throws a `RangeError` for a body longer than `MAX_BODY_BYTES`.
 */
export function encodeFrame(frame: Frame, allocate: (length: number) => Buffer = Buffer.allocUnsafe): Buffer {
  switch (frame.kind) {
    case 'readings':
      return encodeReadings(frame, allocate);
    case 'waveform':
    case 'thermalFrame':
      return seal(encodeCapture(frame, FRAME_HEADER_BYTES), KIND[frame.kind]);
    case 'texts':
      return seal(encodeTexts(frame, FRAME_HEADER_BYTES), KIND.texts);
    case 'clock': {
      const bytes = Buffer.alloc(FRAME_HEADER_BYTES + 8);
      bytes.writeDoubleLE(frame.at, FRAME_HEADER_BYTES);
      return seal(bytes, KIND.clock);
    }
    case 'event':
      return encodeJson(KIND.event, frame.event);
    case 'dictionary':
      return encodeJson(KIND.dictionary, frame.entries);
  }
}

/** Length of the whole frame at `offset` when it is intact, `null` when it is torn, damaged or not there. */
export function frameLengthAt(bytes: Buffer, offset: number): number | null {
  if (offset + FRAME_HEADER_BYTES > bytes.length) return null;
  const length = declaredLength(bytes, offset);
  if (length === null || offset + length > bytes.length) return null;
  return crc32c(bytes, offset + 8, offset + length) === bytes.readUInt32LE(offset + 4) ? length : null;
}

/** Length the header at `offset` claims, `null` when it can't be a header. Needs `FRAME_HEADER_BYTES` bytes there. */
export function declaredLength(bytes: Buffer, offset: number): number | null {
  const kind = bytes[offset + 8]!;
  if (bytes.readUInt16LE(offset + 10) !== MARK || bytes[offset + 9] !== 0 || kind < 1 || kind > KIND.texts) return null;
  const body = bytes.readUInt32LE(offset);
  return body > MAX_BODY_BYTES ? null : FRAME_HEADER_BYTES + body;
}

/** Offset of the first intact frame at or after `offset`, `null` when there is none. */
export function findFrame(bytes: Buffer, offset: number): number | null {
  for (let at = offset; at + FRAME_HEADER_BYTES <= bytes.length; at++) {
    if (bytes[at + 10] === 0x4d && bytes[at + 11] === 0x57 && frameLengthAt(bytes, at) !== null) return at;
  }
  return null;
}

/** Reads the intact frame of `length` bytes at `offset`; the result owns its memory. */
export function decodeFrame(bytes: Buffer, offset: number, length: number): Frame {
  const start = offset + FRAME_HEADER_BYTES;
  const end = offset + length;
  const kind = bytes[offset + 8];
  if (kind === KIND.readings) return decodeReadings(bytes.buffer, bytes.byteOffset + start, end - start);
  if (kind === KIND.waveform) return decodeWaveform(bytes.subarray(start, end));
  if (kind === KIND.thermalFrame) return decodeThermalFrame(bytes.subarray(start, end));
  if (kind === KIND.texts) return decodeTexts(bytes.subarray(start, end));
  if (kind === KIND.clock) return { kind: 'clock', at: bytes.readDoubleLE(start) };
  // The CRC vouches that this is what encodeFrame wrote.
  const json: unknown = JSON.parse(bytes.toString('utf8', start, end));
  return kind === KIND.event
    ? { kind: 'event', event: json as LogEvent }
    : { kind: 'dictionary', entries: json as DictionaryEntries };
}

function encodeReadings(
  { receivedAt, batch }: Extract<LogRecord, { kind: 'readings' }>,
  allocate: (length: number) => Buffer,
): Buffer {
  const n = batch.tag.length;
  const bytes = allocate(FRAME_HEADER_BYTES + READINGS_HEADER_BYTES + n * 21 + batch.codes.size * 8);
  let offset = FRAME_HEADER_BYTES;
  bytes.writeDoubleLE(receivedAt, offset);
  bytes.writeUInt32LE(n, offset + 8);
  bytes.writeUInt32LE(batch.codes.size, offset + 12);
  offset += READINGS_HEADER_BYTES;
  for (const column of [batch.at, batch.value, batch.tag, batch.quality]) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), offset);
    offset += column.byteLength;
  }
  for (const [row, code] of batch.codes) {
    bytes.writeUInt32LE(row, offset);
    bytes.writeUInt32LE(code, offset + 4);
    offset += 8;
  }
  return seal(bytes, KIND.readings);
}

function decodeReadings(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): LogRecord {
  const body = buffer.slice(byteOffset, byteOffset + byteLength); // a copy: typed arrays need 8-byte alignment
  const view = new DataView(body);
  const n = view.getUint32(8, true);
  const codeCount = view.getUint32(12, true);
  const at = new Float64Array(body, READINGS_HEADER_BYTES, n);
  const value = new Float64Array(body, READINGS_HEADER_BYTES + n * 8, n);
  const tag = new Int32Array(body, READINGS_HEADER_BYTES + n * 16, n);
  const quality = new Uint8Array(body, READINGS_HEADER_BYTES + n * 20, n);
  const codes = new Map<number, number>();
  for (let i = 0, offset = READINGS_HEADER_BYTES + n * 21; i < codeCount; i++, offset += 8) {
    codes.set(view.getUint32(offset, true), view.getUint32(offset + 4, true));
  }
  return { kind: 'readings', receivedAt: view.getFloat64(0, true), batch: { tag, at, value, quality, codes } };
}

function encodeJson(kind: number, value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value));
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + body.length);
  body.copy(bytes, FRAME_HEADER_BYTES);
  return seal(bytes, kind);
}

function seal(bytes: Buffer, kind: number): Buffer {
  const bodyBytes = bytes.length - FRAME_HEADER_BYTES;
  // Acknowledged, and then taken for damage: whoever wrote it must hear of it now.
  if (bodyBytes > MAX_BODY_BYTES)
    throw new RangeError(`a frame of ${bodyBytes} bytes is longer than the ${MAX_BODY_BYTES} that a reader takes`);
  bytes.writeUInt32LE(bodyBytes, 0);
  bytes[8] = kind;
  bytes[9] = 0;
  bytes.writeUInt16LE(MARK, 10);
  bytes.writeUInt32LE(crc32c(bytes, 8), 4);
  return bytes;
}
