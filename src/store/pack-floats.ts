import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';

const pack = promisify(deflate);
const unpack = promisify(inflate);

/**
 * Packs float32 values without loss, for `waveform.packed` and `thermal_frame.packed`: the bits of each value XOR those of
 * the one before, little-endian; then all lowest bytes, all second ones, and so on; then zlib. Neighbours share their sign,
 * exponent and upper mantissa, so the upper planes are nearly all zeros. Runs in libuv's threads but for two passes
 * over the values.
 */
export async function packFloats(values: Float32Array): Promise<Buffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const n = bits.length;
  const planes = new Uint8Array(n * 4);
  let before = 0;
  for (let i = 0; i < n; i++) {
    const difference = bits[i]! ^ before;
    before = bits[i]!;
    planes[i] = difference;
    planes[n + i] = difference >>> 8;
    planes[2 * n + i] = difference >>> 16;
    planes[3 * n + i] = difference >>> 24;
  }
  return pack(planes, { level: 6 });
}

/** Gives back what `packFloats` was given, bit by bit. `length`: how many values. Rejects when that is not what is there. */
export async function unpackFloats(packed: Uint8Array, length: number): Promise<Float32Array> {
  const planes = await unpack(packed, { maxOutputLength: length * 4 });
  if (planes.length !== length * 4) throw new RangeError(`${planes.length} bytes are not ${length} values`);
  const bits = new Uint32Array(length);
  let before = 0;
  for (let i = 0; i < length; i++) {
    const difference =
      planes[i]! | (planes[length + i]! << 8) | (planes[2 * length + i]! << 16) | (planes[3 * length + i]! << 24);
    before ^= difference;
    bits[i] = before;
  }
  return new Float32Array(bits.buffer);
}
