import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TextsRecord } from '../../model/log-record.ts';
import { MAX_TEXT_BYTES } from '../../model/reading.ts';
import { decodeFrame, encodeFrame, frameLengthAt, MAX_BODY_BYTES } from './frame.ts';
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
const texts = (n: number): TextsRecord => ({
  kind: 'texts',
  receivedAt: 1,
  texts: Array.from({ length: n }, (_, i) => ({ tag: i, at: i, text: 'ü'.repeat(MAX_TEXT_BYTES / 2), quality: 0 })),
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

it('a batch of the longest texts is cut into frames that a reader takes', () => {
  const parts = splitTexts(texts(4_500));
  expect(parts.flatMap((part) => part.texts.map(({ tag }) => tag))).toEqual(texts(4_500).texts.map(({ tag }) => tag));
  for (const part of parts) expect(encodeFrame(part).length).toBeLessThan(MAX_BODY_BYTES);
});
