import { describe, expect, test } from 'vitest';
import { FrameCheck } from './frame-check.ts';

/** Transaction 7, unit 3, two registers. */
const GOOD = '000700000007030304aabbccdd';

function check(hex: string): string | null {
  const frames = new FrameCheck();
  frames.expect(7, 3);
  return frames.push(Buffer.from(hex, 'hex'));
}

describe('FrameCheck', () => {
  test('finds nothing wrong with the answer that was asked for, in pieces of any size', () => {
    const frames = new FrameCheck();
    for (let i = 0; i < 3; i++) {
      frames.expect(7, 3);
      for (const byte of Buffer.from(GOOD, 'hex')) expect(frames.push(Buffer.from([byte]))).toBeNull();
    }
  });

  test.each([
    ['a foreign transaction', '000800000007030304aabbccdd', 'transaction 8 instead of 7'],
    ['a foreign protocol', '000700010007030304aabbccdd', 'protocol id 1 instead of 0'],
    ['a foreign unit', '000700000007040304aabbccdd', 'unit 4 instead of 3'],
    ['a frame that is too long', '0007000000ff03', 'a frame of 255 bytes'],
    ['a frame that is too short', '00070000000203', 'a frame of 2 bytes'],
    ['an exception from a foreign unit', '000700000003048302', 'unit 4 instead of 3'],
    ['a second answer', `${GOOD}${GOOD}`, 'an answer nobody asked for'],
  ])('names %s', (_, hex, fault) => {
    expect(check(hex)).toBe(fault);
  });

  test('names what arrives before anything was asked', () => {
    expect(new FrameCheck().push(Buffer.from(GOOD, 'hex'))).toBe('an answer nobody asked for');
  });
});
