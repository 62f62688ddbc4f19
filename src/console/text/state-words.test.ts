import { expect, test } from 'vitest';
import { discardWords } from './state-words.ts';

test.each([
  ['log_full', 1, '1 (the readings log was full)'],
  ['too_new', 1_700, '1,700 (time ahead of our clock)'],
  ['of_tomorrow', 2, '2 (of tomorrow)'],
])('what was not stored for the reason %s is said with its number', (reason, count, said) => {
  expect(discardWords(reason, count)).toBe(said);
});
