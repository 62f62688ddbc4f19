import { expect, it } from 'vitest';
import { loadText } from './cases/load-text.ts';

const warningsOf = (kind: string, mode: string) =>
  loadText(`plant: test
adapters: { push: { kind: http } }
assets: { pump-1: { class: ${kind}, tags: { flow: { from: push } } } }
rules: { low: { on: pump-1.flow, detect: limit, with: { low: 2 }, workOrder: { failureMode: ${mode} } } }
`).warnings.map(({ line, message, suggestion }) => [line, message, suggestion]);

it('a class that is nearly that of a pack is told, and a failure mode that has no words', () => {
  expect(warningsOf('pumps', 'VBI')).toEqual([
    [3, 'there is no pack for the class "pumps" of assets.pump-1', 'pump'],
    [
      4,
      'there are no words for the failure mode "VBI" in rules.low: docs/plant-file.md lists those that there are',
      'VIB',
    ],
  ]);
});

it('a class of its own and a listed failure mode are fine', () => {
  expect(warningsOf('press', 'VIB')).toEqual([]);
  expect(warningsOf('pump', 'PLU')).toEqual([]);
});

const doubtsOf = (asset: string) =>
  loadText(`plant: test\nadapters: { push: { kind: http } }\nassets:\n  pump-3:\n    ${asset}\n`).warnings.map(
    ({ line, column, message }) => [line, column, message],
  );

it('a text that loses its number behind a "#" is told, and what to write', () => {
  expect(doubtsOf('name: Pump #3')).toEqual([
    [
      5,
      16,
      'name in assets.pump-3 ends before "#3": behind a blank that begins a comment; if it belongs to the text, put all of it in quotes, "Pump #3"',
    ],
  ]);
});

it.each(['name: "Pump #3"', 'name: Pump#3', 'name: Pump # 3 of them', 'name: Pump #old', 'criticality: A # 1'])(
  'what is meant as it is written is no doubt: %s',
  (asset) => {
    expect(doubtsOf(asset)).toEqual([]);
  },
);

it('of a secret nothing is repeated', () => {
  const { warnings } = loadText(`plant: test
adapters: { sensors: { kind: mqtt, url: "mqtt://b", password: geheim #1
  , map: [{ topic: a/+asset/+tag, value: $ }] } }
`);
  expect(warnings.map(({ message }) => message)).toEqual([
    'password in adapters.sensors ends before its "#": behind a blank that begins a comment; if it belongs to the text, put all of it in quotes',
  ]);
});

const doubtsAbout = (limits: string, tag = '') =>
  loadText(`plant: test
adapters: { push: { kind: http } }
assets: { pump-1: { tags: { flow: { from: push, unit: m3/h ${tag} }, level: { from: push, unit: m } } } }
rules:
  off: { on: [pump-1.flow, pump-1.level], detect: limit, with: { ${limits} } }
`).warnings.map(({ line, message }) => [line, message]);

it('a deadband that is wider than the distance of two limits is told once, with both numbers and what to write', () => {
  expect(doubtsAbout('high: 4.5, highHigh: 7.1, deadband: 3')).toEqual([
    [
      5,
      'with in rules.off: deadband (3) is wider than the distance from high to highHigh (2.6): what was beyond highHigh never steps down to high while it is still beyond that: write a deadband below 2.6, such as 0.26',
    ],
  ]);
  expect(doubtsAbout('low: 2, lowLow: 1, deadband: 1.5')).toEqual([
    [5, expect.stringContaining('deadband (1.5) is wider than the distance from low to lowLow (1)')],
  ]);
});

it('so is the deadband of the tag', () => {
  expect(doubtsAbout('high: 4.5, highHigh: 7.1', ', deadband: 3')).toEqual([
    [
      5,
      'with in rules.off: pump-1.flow keeps no change smaller than its deadband (3), which is wider than the distance from high to highHigh (2.6): a value between the two may go unseen until its heartbeat: give the tag a deadband below 2.6, such as 0.26',
    ],
  ]);
});

it.each([
  ['high: 4.5, highHigh: 7.1, deadband: 2.6', ', deadband: 2.6'],
  ['high: 4.4, highHigh: 4.5, deadband: 0.1', ''],
  ['high: 4.5, deadband: 3', ', deadband: 4'],
])('a deadband that fits is no doubt: %s%s', (limits, tag) => {
  expect(doubtsAbout(limits, tag)).toEqual([]);
});
