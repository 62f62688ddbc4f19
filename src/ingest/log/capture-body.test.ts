import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../model/log-record.ts';
import { MAX_SAMPLES } from '../../model/waveform.ts';
import { decodeFrame, encodeFrame, frameLengthAt, MAX_BODY_BYTES } from './frame.ts';

const time = fc.double({ min: 0, max: 4e12, noNaN: true });
// Every bit pattern, also those that no intake lets through: the log keeps what it is given.
const floats = (length: fc.Arbitrary<number>) =>
  length.chain((n) => fc.uint32Array({ minLength: n, maxLength: n }).map(({ buffer }) => new Float32Array(buffer)));
const waveform: fc.Arbitrary<CaptureRecord> = fc.record({
  kind: fc.constant('waveform'),
  receivedAt: time,
  at: time,
  rateHz: fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
  tag: fc.nat(),
  unit: fc.string({ unit: 'grapheme', maxLength: 20 }),
  samples: floats(fc.integer({ min: 1, max: 300 })),
});
const thermalFrame: fc.Arbitrary<CaptureRecord> = fc
  .record({ width: fc.integer({ min: 1, max: 20 }), height: fc.integer({ min: 1, max: 20 }) })
  .chain(({ width, height }) =>
    fc.record({
      kind: fc.constant('thermalFrame'),
      receivedAt: time,
      at: time,
      tag: fc.nat(),
      width: fc.constant(width),
      height: fc.constant(height),
      celsius: floats(fc.constant(width * height)),
    }),
  );

const bitsOf = (record: CaptureRecord) => {
  const { buffer, byteOffset, byteLength } = record.kind === 'waveform' ? record.samples : record.celsius;
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
};
const describeRecord = (record: CaptureRecord) => ({ ...record, samples: null, celsius: null, bits: bitsOf(record) });

describe('a waveform or a thermal frame in the readings log', () => {
  it('comes back bit for bit, wherever its frame lies in memory', () => {
    fc.assert(
      fc.property(fc.oneof(waveform, thermalFrame), fc.integer({ min: 0, max: 9 }), (record, offset) => {
        const encoded = encodeFrame(record);
        const bytes = Buffer.concat([Buffer.alloc(offset, 0xff), encoded, Buffer.alloc(3)]);
        expect(frameLengthAt(bytes, offset)).toBe(encoded.length);
        const decoded = decodeFrame(bytes, offset, encoded.length);
        bytes.fill(0); // what was read owns its memory
        if (decoded.kind !== 'waveform' && decoded.kind !== 'thermalFrame') throw new Error(decoded.kind);
        expect(describeRecord(decoded)).toEqual(describeRecord(record));
      }),
    );
  });

  it('is not taken for whole when one bit of it has flipped', () => {
    fc.assert(
      fc.property(fc.oneof(waveform, thermalFrame), fc.nat(), (record, draw) => {
        const bytes = encodeFrame(record);
        const bit = draw % (bytes.length * 8);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect(frameLengthAt(bytes, 0)).not.toBe(bytes.length);
      }),
    );
  });

  it('fits into a frame at its largest', () => {
    const samples = new Float32Array(MAX_SAMPLES);
    const bytes = encodeFrame({ kind: 'waveform', receivedAt: 1, at: 1, rateHz: 1, tag: 0, unit: 'mm/s', samples });
    expect(bytes.length).toBeLessThan(MAX_BODY_BYTES / 2);
    expect(frameLengthAt(bytes, 0)).toBe(bytes.length);
  });
});
