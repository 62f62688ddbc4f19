import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, nearest } from './nearest.ts';

describe('nearest', () => {
  it.each([
    ['adress', 'address'],
    ['addrses', 'address'],
    ['HOST', 'host'],
    ['highHihg', 'highHigh'],
    ['press-1.vibraton', 'press-1.vibration'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, ['address', 'host', 'port', 'highHigh', 'press-1.vibration'])).toBe(meant);
  });

  it.each(['D', 'x', 'temperature', '', 'a'.repeat(1_000)])('has no idea what %s means', (word) => {
    expect(nearest(word, ['A', 'B', 'host', 'port'])).toBeNull();
  });

  it('never proposes the word itself', () => {
    expect(nearest('host', ['host'])).toBeNull();
  });
});

describe('distance', () => {
  it('counts a swap of neighbours as one mistake', () => {
    expect(distance('hihg', 'high')).toBe(1);
    expect(distance('kitten', 'sitting')).toBe(3);
    expect(distance('', 'abc')).toBe(3);
  });

  it('is symmetric, 0 for equal words only, and at most the length of the longer word', () => {
    const word = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b) === 0).toBe(a === b);
        expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it('gives the same answer below its bound', () => {
    const word = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 6 }), (a, b, bound) => {
        const exact = distance(a, b);
        const bounded = distance(a, b, bound);
        expect(exact < bound ? bounded === exact : bounded >= bound).toBe(true);
      }),
    );
  });
});
