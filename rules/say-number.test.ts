import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sayNumber, sayNumberUnlike } from './say-number.ts';

const written = (value: number) =>
  Math.abs(value) >= 1_000 && Math.abs(value) < 1e15 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));

/** What is measured, and the middle between two numbers of four digits or just beside it. */
const measured = fc.oneof(
  fc.double({ min: -1_100, max: 1_100, noNaN: true }),
  fc
    .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: 0, max: 8 }), fc.constantFrom(-1, 0, 1))
    .map(([digits, tens, beside]) => (digits / 10 ** tens) * (1 + beside * Number.EPSILON)),
);

const any = fc.oneof(measured, fc.double({ noNaN: true, noDefaultInfinity: true }));

describe('a measured value', () => {
  it('is said with four significant digits', () => {
    expect([0, -0, 99.123, 0.012345, 9.9996, 99.995, 999.96, 1e-7, 1_234.5].map(sayNumber)).toEqual(
      ['0', '0', '99.12', '0.01235', '10', '100', '1000', '1e-7', '1235'], // 0.012345 is stored a little above the tie
    );
  });

  it('is said as toPrecision rounds it, whatever it is', () => {
    fc.assert(
      fc.property(any, (each) => {
        expect(sayNumber(each)).toBe(written(each));
      }),
      { numRuns: 5_000 },
    );
  });

  it('can be told from the one beside it', () => {
    fc.assert(
      fc.property(measured, fc.double({ min: -0.003, max: 0.003, noNaN: true }), (each, by) => {
        const other = Number(written(each * (1 + by)));
        if (each !== other) expect(Number(sayNumberUnlike(each, other))).not.toBe(other);
      }),
      { numRuns: 2_000 },
    );
  });
});
