import { describe, expect, it } from 'vitest';
import { compileRoutes } from './routes.ts';
import { decodeWaveforms, type WaveformFormat } from './waveform.ts';

const T0 = 1_795_257_723_000;
const FORMAT: WaveformFormat = { unit: 'g', rateHz: 1_000, encoding: 'f32', scale: 1, time: 'arrival' };
const decode = (payload: Buffer | null, format: Partial<WaveformFormat> = {}, isRetained = false) =>
  decodeWaveforms(
    { topic: 'raw/pump-1/de', payload, isRetained },
    {
      table: compileRoutes([{ topic: 'raw/+asset/+tag', value: '$', waveform: { ...FORMAT, ...format } }], []),
      arrival: () => T0,
    },
  );
const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);

describe('a binary payload', () => {
  it('is a waveform whose first sample lies its length before the arrival', () => {
    const found = decode(floats(0.5, -0.25, 1));
    expect(found).toEqual({
      waveforms: [{ tag: 'pump-1.de', at: T0 - 3, rateHz: 1_000, unit: 'g', samples: Float32Array.of(0.5, -0.25, 1) }],
      discarded: [],
    });
  });

  it('may be whole numbers with a scale, and begin with its time', () => {
    const body = Buffer.alloc(8 + 4);
    body.writeBigInt64LE(BigInt(T0 - 500));
    body.writeInt16LE(2_000, 8);
    body.writeInt16LE(-4_000, 10);
    const found = decode(body, { encoding: 'i16', scale: 0.5, time: 'i64-ms' }, true);
    expect(found?.waveforms).toMatchObject([{ at: T0 - 500, samples: Float32Array.of(1_000, -2_000) }]);
  });

  it('that does not fit is counted with its reason', () => {
    expect(decode(Buffer.alloc(0))?.discarded).toEqual(['invalid_size']);
    expect(decode(Buffer.alloc(7))?.discarded).toEqual(['invalid_size']);
    expect(decode(Buffer.alloc(8), { time: 'i64-ms' })?.discarded).toEqual(['invalid_size']);
    expect(decode(null)?.discarded).toEqual(['too_large']);
    expect(decode(floats(1), {}, true)?.discarded).toEqual(['retained']);
  });

  it('on another topic is none', () => {
    const table = compileRoutes([{ topic: 'plant/+asset/+tag', value: '$' }], []);
    const message = { topic: 'plant/pump-1/x', payload: Buffer.from('1'), isRetained: false };
    expect(decodeWaveforms(message, { table, arrival: () => T0 })).toBeNull();
  });
});
