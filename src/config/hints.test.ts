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
