import { describe, expect, it } from 'vitest';
import { loadText } from '../config/cases/load-text.ts';
import { problemsOf } from '../config/cases/mutate.ts';
import { compilePlan } from '../engine/compile.ts';

const HEAD = `plant: test
adapters:
  push: { kind: http }
assets:
  hall: { tags: { air: { unit: Cel, from: push }, note: { type: text, from: push } } }
  fan-1: { class: fan, tags: { load: { unit: "%", from: push }, temperature: { unit: Cel, from: push } } }
  fan-2: { class: fan, tags: { load: { unit: "%", from: push }, temperature: { unit: Cel, from: push } } }
rules:
`;

function planOf(rules: string) {
  const loaded = loadText(HEAD + rules);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return compilePlan(loaded.plant);
}

const complaints = (rules: string) =>
  problemsOf(HEAD + rules).map(({ message, suggestion }) => message + (suggestion ? `; ${suggestion}?` : ''));

describe('given tags of a rule', () => {
  it('come after those it is on, and are known as given', () => {
    const { watches } = planOf('  odd: { on: [fan-1.temperature, fan-1.load], given: [hall.air], detect: auto }\n');
    expect(watches.map(({ subject }) => subject.inputs)).toEqual([
      [
        { tag: 'fan-1.temperature', unit: 'Cel' },
        { tag: 'fan-1.load', unit: '%' },
        { tag: 'hall.air', unit: 'Cel', isGiven: true },
      ],
    ]);
  });

  it('make another rule of it: what was learnt with a tag judged is not what is learnt with it given', () => {
    const on = planOf('  odd: { on: [fan-1.temperature, hall.air], detect: auto }\n').watches[0]!;
    const given = planOf('  odd: { on: [fan-1.temperature], given: [hall.air], detect: auto }\n').watches[0]!;
    expect(given.tags).toEqual(on.tags);
    expect(given.fingerprint).not.toBe(on.fingerprint);
  });

  it('are those of the same asset where they are of its class', () => {
    const { watches } = planOf(
      '  odd: { on: class:fan.temperature, given: [class:fan.load, hall.air], detect: auto }\n',
    );
    expect(watches.map(({ rule, tags }) => [rule, ...tags.map(({ name }) => name)])).toEqual([
      ['odd-fan-1', 'fan-1.temperature', 'fan-1.load', 'hall.air'],
      ['odd-fan-2', 'fan-2.temperature', 'fan-2.load', 'hall.air'],
    ]);
  });

  it.each([
    ['{ on: fan-1.load, given: [hall.aire], detect: auto }', 'unknown tag "hall.aire" in rules.odd; hall.air?'],
    [
      '{ on: fan-1.load, given: [hall.air], detect: limit, with: { high: 4 } }',
      'rules.odd has given, which detect: limit knows nothing of: only auto does',
    ],
    [
      '{ on: [fan-1.load, hall.air], given: [hall.air], detect: auto }',
      'rules.odd is on hall.air and given it as well: what only explains is not judged, name it once',
    ],
    [
      '{ on: fan-1.load, given: [hall.note], detect: auto }',
      'rules.odd is given hall.note, which holds texts: rules judge numbers',
    ],
    [
      '{ on: fan-1.load, given: [class:fan.temperature], detect: auto }',
      'rules.odd is given class:fan.temperature, and is on no class: name the tag of one asset',
    ],
  ])('are refused: %s', (rule, says) => {
    expect(complaints(`  odd: ${rule}\n`)).toEqual([says]);
  });
});
