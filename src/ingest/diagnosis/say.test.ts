import { describe, expect, it } from 'vitest';
import { sayUnits } from './say.ts';

describe('units', () => {
  it.each<[readonly string[], string]>([
    [['7'], 'unit 7'],
    [['2', '1'], 'units 1 and 2'],
    [['1', '2', '3', '9', '11', '10'], 'units 1–3 and 9–11'],
    [['press-1.speed'], 'press-1.speed'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'a, b, c, d, e and 2 others'],
  ])('%j are called %s', (units, words) => {
    expect(sayUnits(units)).toBe(words);
  });
});
