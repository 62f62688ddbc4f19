import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFloats } from './floats.ts';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe('values of a waveform', () => {
  it('are what their little-endian bytes say, bit for bit', () => {
    expect(readFloats('AACAPwAAIMA=', 'samples')).toEqual(Float32Array.of(1, -2.5));
    fc.assert(
      fc.property(fc.uint32Array({ maxLength: 200 }), ({ buffer }) => {
        const bytes = new Uint8Array(buffer);
        expect(new Uint8Array(readFloats(base64(bytes), 'samples').buffer)).toEqual(bytes);
      }),
    );
  });

  it('are the same as a list of numbers', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true }), (values) => {
        const list: unknown = JSON.parse(
          `[${Array.from(values, (x) => (Object.is(x, -0) ? '-0' : String(x))).join()}]`,
        );
        expect(readFloats(list, 'samples')).toEqual(values);
      }),
    );
  });

  it.each([
    [undefined, 'samples is a list of numbers, or'],
    [{}, 'samples is a list of numbers, or'],
    [[1, '2'], 'samples[1] is not a number'],
    [[null], 'samples[0] is not a number'],
    [[[1]], 'samples[0] is not a number'],
    ['AACAPw', 'samples is not base64'],
    ['AACAPw=', 'samples is not base64'],
    ['AACA Pw==', 'samples is not base64'],
    ['AACA-w==', 'samples is not base64'],
    ['====', 'samples is not base64'],
    [base64(Uint8Array.of(1, 2, 3)), 'samples holds 3 bytes'],
  ])('are refused when they are %j', (given, message) => {
    expect(() => readFloats(given, 'samples')).toThrow(message);
  });
});
