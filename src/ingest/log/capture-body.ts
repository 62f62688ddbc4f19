import type { CaptureRecord } from '../../model/log-record.ts';

// Little-endian, values first because typed arrays need alignment:
// waveform       f64 receivedAt · f64 at · f64 rateHz · i32 tag · u32 n · n × f32 · unit in UTF-8
// thermal frame  f64 receivedAt · f64 at · i32 tag · u16 width · u16 height · width·height × f32
const WAVEFORM_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** Writes a capture's body behind `reservedBytes` that are left for the frame's header. */
export function encodeCapture(record: CaptureRecord, reservedBytes: number): Buffer {
  switch (record.kind) {
    case 'waveform': {
      const { receivedAt, at, rateHz, tag, unit, samples } = record;
      const unitBytes = Buffer.from(unit);
      const length = WAVEFORM_HEADER_BYTES + samples.byteLength + unitBytes.length;
      const bytes = Buffer.allocUnsafe(reservedBytes + length);
      bytes.writeDoubleLE(receivedAt, reservedBytes);
      bytes.writeDoubleLE(at, reservedBytes + 8);
      bytes.writeDoubleLE(rateHz, reservedBytes + 16);
      bytes.writeInt32LE(tag, reservedBytes + 24);
      bytes.writeUInt32LE(samples.length, reservedBytes + 28);
      bytes.set(bytesOf(samples), reservedBytes + WAVEFORM_HEADER_BYTES);
      bytes.set(unitBytes, reservedBytes + WAVEFORM_HEADER_BYTES + samples.byteLength);
      return bytes;
    }
    case 'thermalFrame': {
      const { receivedAt, at, tag, width, height, celsius } = record;
      const bytes = Buffer.allocUnsafe(reservedBytes + FRAME_HEADER_BYTES + celsius.byteLength);
      bytes.writeDoubleLE(receivedAt, reservedBytes);
      bytes.writeDoubleLE(at, reservedBytes + 8);
      bytes.writeInt32LE(tag, reservedBytes + 16);
      bytes.writeUInt16LE(width, reservedBytes + 20);
      bytes.writeUInt16LE(height, reservedBytes + 22);
      bytes.set(bytesOf(celsius), reservedBytes + FRAME_HEADER_BYTES);
      return bytes;
    }
  }
}

/** Reads what `encodeCapture` wrote for a waveform; the result owns its memory. */
export function decodeWaveform(body: Buffer): CaptureRecord {
  const n = body.readUInt32LE(28);
  return {
    kind: 'waveform',
    receivedAt: body.readDoubleLE(0),
    at: body.readDoubleLE(8),
    rateHz: body.readDoubleLE(16),
    tag: body.readInt32LE(24),
    unit: body.toString('utf8', WAVEFORM_HEADER_BYTES + n * 4),
    samples: copyFloats(body, WAVEFORM_HEADER_BYTES, n),
  };
}

/** Reads what `encodeCapture` wrote for a thermal frame; the result owns its memory. */
export function decodeThermalFrame(body: Buffer): CaptureRecord {
  const width = body.readUInt16LE(20);
  const height = body.readUInt16LE(22);
  return {
    kind: 'thermalFrame',
    receivedAt: body.readDoubleLE(0),
    at: body.readDoubleLE(8),
    tag: body.readInt32LE(16),
    width,
    height,
    celsius: copyFloats(body, FRAME_HEADER_BYTES, width * height),
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function copyFloats(body: Buffer, offset: number, n: number): Float32Array {
  const from = body.byteOffset + offset;
  return new Float32Array(body.buffer.slice(from, from + n * 4));
}
