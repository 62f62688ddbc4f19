import { expect, it } from 'vitest';
import { sayDuration } from './duration.ts';

it.each([
  [999, '999 ms'],
  [45_000, '45 s'],
  [7_200_000, '2 h'],
  [7_800_000, '2 h 10 min'],
  [10_799_400, '3 h'],
  [604_800_000, '7 d'],
])('%d ms is said as %s', (ms, words) => {
  expect(sayDuration(ms)).toBe(words);
});
