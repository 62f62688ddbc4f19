import { expect, it } from 'vitest';
import { oncePerDay } from './once-per-day.ts';

it('says a sentence once a day, and each other one', () => {
  let now = 0;
  const said: string[] = [];
  const say = oncePerDay({ now: () => now, sleep: async () => {} }, (sentence) => said.push(sentence));
  for (const sentence of ['a', 'a', 'b']) say(sentence);
  now = 86_399_999;
  say('a');
  expect(said).toEqual(['a', 'b']);
  now = 86_400_000;
  say('a');
  expect(said).toEqual(['a', 'b', 'a']);
});
