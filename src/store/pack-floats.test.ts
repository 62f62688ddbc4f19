import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packFloats, unpackFloats } from './pack-floats.ts';

const bitsOf = (values: Float32Array) => [...new Uint32Array(values.buffer, values.byteOffset, values.length)];

describe('packed floats', () => {
  it('come back bit by bit, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint32Array({ minLength: 1, maxLength: 500 }), async (bits) => {
        const values = new Float32Array(bits.slice().buffer);
        expect(bitsOf(await unpackFloats(await packFloats(values), values.length))).toEqual([...bits]);
      }),
    );
  });

  it('take a part of a longer array for what it is', async () => {
    const values = Float32Array.from({ length: 10 }, (_, i) => i / 3).subarray(2, 7);
    expect(await unpackFloats(await packFloats(values), 5)).toEqual(values.slice());
  });

  it('are smaller than what they were: a 12-bit vibration signal and a calm thermal frame', async () => {
    const vibration = Float32Array.from(
      { length: 8_192 },
      (_, i) => Math.round(900 * Math.sin(i / 7) + 300 * Math.sin(i * 1.7)) / 2_048,
    );
    const frame = Float32Array.from(
      { length: 80 * 60 },
      (_, i) => Math.round((25 + (i % 80) / 20 + i / 4_000) * 10) / 10,
    );
    expect((await packFloats(vibration)).length).toBeLessThan(vibration.byteLength * 0.85);
    expect((await packFloats(frame)).length).toBeLessThan(frame.byteLength * 0.35);
  });

  it('are refused when they are damaged, or of another length than is said', async () => {
    const packed = await packFloats(new Float32Array(100));
    await expect(unpackFloats(packed, 99)).rejects.toThrow();
    await expect(unpackFloats(packed, 101)).rejects.toThrow();
    await expect(unpackFloats(packed.subarray(0, packed.length - 3), 100)).rejects.toThrow();
  });
});
