import { expect, it } from 'vitest';
import { Observations } from './observations.ts';
import { plantTime } from './say.ts';
import { sayStreamTroubles } from './stream-words.ts';

const NOW = Date.UTC(2026, 10, 20, 10);

it('what is thrown away is told with where the newest of it came from, and no more of a topic than a person reads', () => {
  const seen = new Observations();
  seen.discarded('invalid_time', { count: 99, from: 'plant/hall/press-1/old' }, NOW);
  seen.discarded('invalid_time', { count: 1, from: 'plant/hall/press-1/load' }, NOW);
  seen.discarded('malformed', { count: 1, from: 'x'.repeat(60_000) }, NOW);
  seen.discarded('not_finite', { count: 1, from: 'a/b' }, NOW);
  seen.discarded('not_finite', { count: 1 }, NOW);
  const status = { kind: 'mqtt', state: 'up', since: NOW, attempts: 0, lastError: null, tags: 7 } as const;
  const facts = { now: NOW, status, lastErrorDetail: null, ...seen.facts(NOW) };
  expect(sayStreamTroubles(facts, plantTime('UTC'))).toEqual([
    '100 of its messages or readings since 10:00:00 have a time that cannot be read, the newest from plant/hall/press-1/load: check the time format',
    `1 of its messages or readings since 10:00:00 are malformed and cannot be read, the newest from ${'x'.repeat(200)}…: check what is sent, and by whom`,
    '2 of its messages or readings since 10:00:00 have no finite value: look at the sensor',
  ]);
});
