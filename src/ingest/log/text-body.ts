import type { LoggedText, TextsRecord } from '../../model/log-record.ts';

// Little-endian: f64 receivedAt · u32 n · n × (f64 at · i32 tag · u32 code, 0 = none · u16 bytes of UTF-8 · u8 quality · text)
const HEADER_BYTES = 12;
const TEXT_HEADER_BYTES = 19;
const MAX_FRAME_TEXTS = 2_000;
/** Half of what a frame may hold. */
const MAX_FRAME_TEXT_BYTES = 8 * 1024 * 1024;

/** Writes the body of text readings behind `reservedBytes` that are left for the frame's header. */
export function encodeTexts({ receivedAt, texts }: TextsRecord, reservedBytes: number): Buffer {
  const written = texts.map(({ text }) => Buffer.from(text));
  const length = written.reduce((sum, { length }) => sum + TEXT_HEADER_BYTES + length, HEADER_BYTES);
  const bytes = Buffer.allocUnsafe(reservedBytes + length);
  bytes.writeDoubleLE(receivedAt, reservedBytes);
  bytes.writeUInt32LE(texts.length, reservedBytes + 8);
  let offset = reservedBytes + HEADER_BYTES;
  for (const [i, { at, tag, code = 0, quality }] of texts.entries()) {
    const text = written[i]!;
    bytes.writeDoubleLE(at, offset);
    bytes.writeInt32LE(tag, offset + 8);
    bytes.writeUInt32LE(code, offset + 12);
    bytes.writeUInt16LE(text.length, offset + 16);
    bytes.writeUInt8(quality, offset + 18);
    bytes.set(text, offset + TEXT_HEADER_BYTES);
    offset += TEXT_HEADER_BYTES + text.length;
  }
  return bytes;
}

/** Reads what `encodeTexts` wrote; the result owns its memory. */
export function decodeTexts(body: Buffer): TextsRecord {
  const n = body.readUInt32LE(8);
  const texts: LoggedText[] = [];
  for (let i = 0, offset = HEADER_BYTES; i < n; i++) {
    const code = body.readUInt32LE(offset + 12);
    const end = offset + TEXT_HEADER_BYTES + body.readUInt16LE(offset + 16);
    texts.push({
      at: body.readDoubleLE(offset),
      tag: body.readInt32LE(offset + 8),
      quality: body.readUInt8(offset + 18),
      text: body.toString('utf8', offset + TEXT_HEADER_BYTES, end),
      ...(code === 0 ? {} : { code }),
    });
    offset = end;
  }
  return { kind: 'texts', receivedAt: body.readDoubleLE(0), texts };
}

/** Text readings as records that each fit into a frame, however long the texts are. */
export function splitTexts(record: TextsRecord): TextsRecord[] {
  const { texts } = record;
  const parts: TextsRecord[] = [];
  let from = 0;
  let bytes = 0;
  for (const [i, { text }] of texts.entries()) {
    const own = TEXT_HEADER_BYTES + Buffer.byteLength(text);
    if (i > from && (i - from >= MAX_FRAME_TEXTS || bytes + own > MAX_FRAME_TEXT_BYTES)) {
      parts.push({ ...record, texts: texts.slice(from, i) });
      from = i;
      bytes = 0;
    }
    bytes += own;
  }
  if (from < texts.length) parts.push({ ...record, texts: texts.slice(from) });
  return parts;
}
