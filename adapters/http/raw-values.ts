import { ApiError } from '../../src/model/errors.ts';

/** How numbers are packed in a binary body, little-endian. */
export type RawFormat = 'f32' | 'f64' | 'i16' | 'i32';
export const RAW_FORMATS = ['f32', 'f64', 'i16', 'i32'] as const satisfies readonly RawFormat[];

const BYTES: Readonly<Record<RawFormat, number>> = { f32: 4, f64: 8, i16: 2, i32: 4 };

/** Reads packed numbers, each times `scale`. Throws 400 when the bytes are no whole number of them. */
export function readRaw(bytes: Buffer, format: RawFormat, scale: number): Float32Array {
  if (bytes.length % BYTES[format] !== 0)
    throw new ApiError(
      400,
      'body_invalid',
      `the body holds ${bytes.length} bytes, and ${format} has ${BYTES[format]} each`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(bytes.length / BYTES[format]);
  for (let i = 0; i < values.length; i++) values[i] = readOne(view, format, i) * scale;
  return values;
}

function readOne(view: DataView, format: RawFormat, i: number): number {
  switch (format) {
    case 'f32':
      return view.getFloat32(i * 4, true);
    case 'f64':
      return view.getFloat64(i * 8, true);
    case 'i16':
      return view.getInt16(i * 2, true);
    case 'i32':
      return view.getInt32(i * 4, true);
  }
}
