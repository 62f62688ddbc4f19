import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Guess, guess } from './guess.ts';

function best(hex: string, range: readonly [number, number]): Guess[] {
  const guesses = guess(Buffer.from(hex, 'hex'), range);
  return guesses.filter(({ score }) => score === guesses[0]!.score);
}

describe('guess', () => {
  test.each([
    ['ABCD', '41480000'],
    ['CDAB', '00004148'],
    ['BADC', '48410000'],
    ['DCBA', '00004841'],
  ])('a float in order %s is found for what it is', (order, hex) => {
    expect(best(`${hex}7fc00000`, [0, 50])).toMatchObject([{ type: 'float32', order, scale: 1, value: 12.5 }]);
  });

  test('what cannot be told apart has the same score: a small number may have a sign or not, and may be wide', () => {
    const same = best('0000000000000019', [0, 50]).map(({ type, order, scale }) => `${type} ${order} ${scale}`);
    expect(same).toEqual(['int64 ABCD 1', 'uint64 ABCD 1']);
    const low = best('0019000000000000', [0, 50]).map(({ type, order }) => `${type} ${order}`);
    expect(low).toEqual(expect.arrayContaining(['int16 ABCD', 'uint16 ABCD', 'uint32 CDAB', 'int64 CDAB']));
  });

  test('a value outside of the range, or next to nothing in it, is no guess', () => {
    const guesses = guess(Buffer.from('41480000', 'hex'), [0, 50]);
    for (const { value } of guesses) {
      expect(value).toBeGreaterThanOrEqual(0.05);
      expect(value).toBeLessThanOrEqual(50);
    }
    expect(guess(Buffer.from('00000000', 'hex'), [0, 50])).toEqual([]);
  });

  test('a float in its range is among the best, whatever it is and in whatever order it lies', () => {
    const orders = { ABCD: [0, 1, 2, 3], CDAB: [2, 3, 0, 1], BADC: [1, 0, 3, 2], DCBA: [3, 2, 1, 0] };
    const order = fc.constantFrom(...(Object.keys(orders) as (keyof typeof orders)[])); // the keys of a literal
    fc.assert(
      fc.property(fc.float({ min: 1, max: 50, noNaN: true }), order, (value, order) => {
        const inOrder = Buffer.alloc(4);
        inOrder.writeFloatBE(value);
        const wire = Buffer.from(orders[order].map((i) => inOrder[i]!));
        const guesses = guess(wire, [0, 50]);
        const right = guesses.find((each) => each.type === 'float32' && each.order === order && each.scale === 1)!;
        expect(right.value).toBeCloseTo(value, 4);
        expect(right.score).toBe(guesses[0]!.score);
      }),
    );
  });
});
