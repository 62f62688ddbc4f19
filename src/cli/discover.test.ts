import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { tableOf, yamlOf } from './discover.ts';

const FOUND = [
  {
    name: 'Line 1/Press/MotorSpeed',
    address: { nodeId: 'nsu=http://example.com/plant;s=Speed' },
    unit: '/min',
    range: [0, 3_000] as const,
    value: 1_480,
  },
  { name: 'Line 1/Press/motor speed', address: { nodeId: 'ns=2;i=7' }, unit: null, range: null, value: null },
  { name: 'Uptime', address: { nodeId: 'i=8' }, unit: 's', range: null, value: 4 },
];

test('what was found becomes assets with tags, each id once and allowed', () => {
  expect(parse(yamlOf('press-ua', FOUND))).toEqual({
    assets: {
      'line-1-press': {
        name: 'Line 1/Press',
        tags: {
          'motor-speed': {
            unit: '/min',
            range: [0, 3_000],
            from: 'press-ua',
            address: { nodeId: 'nsu=http://example.com/plant;s=Speed' },
          },
          'motor-speed-2': { from: 'press-ua', address: { nodeId: 'ns=2;i=7' } },
        },
      },
      'press-ua': { name: 'press-ua', tags: { uptime: { unit: 's', from: 'press-ua', address: { nodeId: 'i=8' } } } },
    },
  });
  expect(yamlOf('press-ua', FOUND)).toContain('      uptime: { unit: s, from: press-ua, address: { nodeId: i=8 } }');
});

test('what the source names by its own map has that name and no address, and only once', () => {
  const mapped = (tag: string) => ({ name: 'plant/x', tag, address: null, unit: null, range: null, value: 1 });
  const found = ['press-1.load', 'press-1.a.b_C', 'press-2.speed', 'Press 3.x'].map(mapped);
  expect(parse(yamlOf('sensors', found, new Set(['press-2.speed'])))).toEqual({
    assets: { 'press-1': { name: 'press-1', tags: { load: { from: 'sensors' }, 'a.b_C': { from: 'sensors' } } } },
  });
  expect(tableOf(found)).toContain('none: map makes it press-1.load');
});

test('what the source names as a plant file may has that name, also with capitals, blanks and umlauts', () => {
  const tags = ['Press_3.Öldruck 1', 'DB1.DBX0.0', 'Press 3.x', 'press-1.', 'x.\u0000'];
  const found = tags.map((tag) => ({ name: tag, tag, address: null, unit: null, range: null, value: 1 }));
  expect(parse(yamlOf('sensors', found))).toEqual({
    assets: {
      Press_3: { name: 'Press_3', tags: { 'Öldruck 1': { from: 'sensors' } } },
      DB1: { name: 'DB1', tags: { 'DBX0.0': { from: 'sensors' } } },
    },
  });
});

test('a table has a column for each part and no trailing blanks', () => {
  const [head, first] = tableOf(FOUND).split('\n');
  expect(head).toMatch(/^name +value +unit +range +address$/);
  expect(first).toMatch(/^Line 1\/Press\/MotorSpeed +1480 +\/min +0 … 3000 +\{"nodeId":".*"\}$/);
});
