import { expect, it } from 'vitest';
import { loadText } from './cases/load-text.ts';

const BASE = 'plant: test\nassets: { pump-1: {}, valve-3: {}, fan-1: {} }\n';

it('the first of several alerts is looked for in groups and within a window, when the plant file says so', () => {
  const loaded = loadText(`${BASE}firstOut: { window: 30s, groups: { feed: [pump-1, valve-3] } }\n`);
  expect(loaded.ok && loaded.plant.firstOut).toEqual({ windowMs: 30_000, groups: { feed: ['pump-1', 'valve-3'] } });
  const usual = loadText(`${BASE}firstOut: { window: 10s }\n`);
  expect(usual.ok && usual.plant.firstOut).toBeUndefined();
});

it('a group of an asset that is not there, or is in two groups, is refused with the place', () => {
  const loaded = loadText(`${BASE}firstOut:
  groups:
    feed: [pump-1, valv-3]
    air: [pump-1, fan-1]
`);
  const said = loaded.ok ? [] : loaded.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  expect(said).toEqual([
    '5:20 unknown asset "valv-3" in firstOut.groups.feed',
    '6:11 asset "pump-1" is in firstOut.groups.feed already: write it in one',
  ]);
});
