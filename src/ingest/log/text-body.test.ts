import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TextsRecord } from '../../model/log-record.ts';
import { MAX_TEXT_BYTES } from '../../model/reading.ts';
import { decodeFrame, encodeFrame, frameLengthAt } from './frame.ts';
import { splitTexts } from './text-body.ts';

const text = fc.record(
  {
    tag: fc.integer({ min: 0, max: 0x7fffffff }),
    at: fc.double({ noNaN: true }),
    text: fc.string({ unit: 'grapheme', maxLength: 60 }),
    quality: fc.constantFrom(0, 1, 2, 4),
    code: fc.integer({ min: 1, max: 0xffffffff }),
  },
  { requiredKeys: ['tag', 'at', 'text', 'quality'] },
);
const texts = (n: number, text = 'ü'.repeat(MAX_TEXT_BYTES / 2)): TextsRecord => ({
  kind: 'texts',
  receivedAt: 1,
  texts: Array.from({ length: n }, (_, i) => ({ tag: i, at: i, text, quality: 0 })),
});

it('text readings come out of the log as they went in', () => {
  fc.assert(
    fc.property(fc.array(text), fc.double({ noNaN: true }), (given, receivedAt) => {
      const bytes = encodeFrame({ kind: 'texts', receivedAt, texts: given });
      expect(frameLengthAt(bytes, 0)).toBe(bytes.length);
      expect(decodeFrame(bytes, 0, bytes.length)).toEqual({ kind: 'texts', receivedAt, texts: given });
    }),
  );
});

it('a flipped bit in a text is found', () => {
  const bytes = encodeFrame(texts(1));
  bytes[100]! ^= 1;
  expect(frameLengthAt(bytes, 0)).toBeNull();
});

it.each([
  [4_500, MAX_TEXT_BYTES],
  [1_200, 16_000],
])('a batch of %d texts of %d bytes is cut into frames that a reader takes', (n, length) => {
  const whole = texts(n, 'ü'.repeat(length / 2));
  const parts = splitTexts(whole);
  expect(parts.flatMap((part) => part.texts.map(({ tag }) => tag))).toEqual(whole.texts.map(({ tag }) => tag));
  for (const part of parts) {
    const frame = encodeFrame(part);
    expect(frameLengthAt(frame, 0)).toBe(frame.length);
  }
});

it('a frame that no reader would take is not written', () => {
  expect(() => encodeFrame(texts(300, 'x'.repeat(60_000)))).toThrow('16777216');
});
