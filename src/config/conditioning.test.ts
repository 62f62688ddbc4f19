import { describe, expect, it } from 'vitest';
import { loadText } from './cases/load-text.ts';
import { mutate, problemsOf } from './cases/mutate.ts';
import { formatProblem } from './problems.ts';

const plantWith = (settings: string) =>
  `plant: p\nadapters: { push: { kind: http } }\nassets:\n  a:\n    tags:\n      t: { from: push, ${settings} }\n`;

function tagWith(settings: string) {
  const loaded = loadText(plantWith(settings));
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.plant.tags[0]!;
}

describe('the conditioning of a tag', () => {
  it('is not there when nothing asks for it', () => {
    expect(tagWith('unit: mm/s, scale: 1, offset: 0, sourceUnit: mm/s')).not.toHaveProperty('conditioning');
  });

  it('scales first and converts then', () => {
    const { linear } = tagWith('unit: Cel, sourceUnit: "[degF]", scale: 0.1, offset: -40').conditioning!;
    const converted = (raw: number) => raw * linear!.factor + linear!.offset;
    expect(converted(2_520)).toBeCloseTo(100, 12);
    expect(converted(720)).toBeCloseTo(0, 12);
  });

  it('says what the tag holds', () => {
    expect(tagWith('type: text, deadband: 1').conditioning).toEqual({ type: 'text' });
    expect(tagWith('type: number, unit: bar').conditioning).toEqual({ type: 'number' });
  });

  it('reads a rate, and a deadband in percent of the range', () => {
    const tag = tagWith('range: [-50, 150], deadband: 1.5%, maxRate: 90/min');
    expect(tag.deadband).toBe(3);
    expect(tag.conditioning).toEqual({ maxRate: { count: 90, perMs: 60_000 } });
  });
});

it('a rule on a tag that holds texts is told', () => {
  const rule = 'rules: { r: { on: a.t, detect: limit, with: { high: 1 } } }\n';
  expect(problemsOf(plantWith('type: text') + rule).map(({ message }) => message)).toEqual([
    'rules.r is on a.t, which holds texts: rules judge numbers',
  ]);
});

describe('the clock of a source', () => {
  it.each([
    ['trust', undefined],
    ['arrival', { kind: 'arrival' }],
    ['correct', { kind: 'correct', limitMs: 5_000 }],
  ])('is read: %s', (clock, expected) => {
    const loaded = loadText(`plant: p\nadapters: { push: { kind: http, clock: ${clock} } }\n`);
    expect(loaded.ok && loaded.plant.sources[0]!.clock).toEqual(expected);
  });
});

describe('a wrong conditioning is told where it stands:', () => {
  const within = 'in assets.press-1.tags.vibration';
  it.each<[what: string, part: string, replacement: string, message: string]>([
    [
      'units that measure different things',
      'vibration:   { unit: mm/s,',
      'vibration:   { unit: mm/s, sourceUnit: ‸bar,',
      `sourceUnit "bar" ${within} cannot be converted to "mm/s": the one is a pressure, the other a speed`,
    ],
    [
      'units of which one has no name in words',
      'vibration:   { unit: mm/s,',
      'vibration:   { unit: mm/s, sourceUnit: ‸K/Pa.h-1,',
      `sourceUnit "K/Pa.h-1" ${within} cannot be converted to "mm/s": the one is m·s·K/g, the other a speed`,
    ],
    [
      'a unit as people write it',
      'vibration:   { unit: mm/s,',
      'vibration:   { unit: mm/s, sourceUnit: ‸ips,',
      `sourceUnit "ips" ${within} cannot be converted to "mm/s": "ips" is not a UCUM code that can be converted here; did you mean "[in_i]/s"?`,
    ],
    [
      'a source unit without a unit',
      'vibration:   { unit: mm/s,',
      'vibration:   { sourceUnit: ‸mm/s,',
      `sourceUnit ${within} needs a unit to convert to`,
    ],
    [
      'a unit of words',
      'vibration:   { unit: mm/s,',
      'vibration:   { type: text, ‸unit: mm/s,',
      `unit ${within} is for numbers, and the tag holds texts: leave out unit, or type: text`,
    ],
    [
      'a scale of nothing',
      'vibration:   { unit: mm/s,',
      'vibration:   { unit: mm/s, scale: ‸0,',
      `scale ${within} must not be 0: every value would be the same`,
    ],
    [
      'percent of no range',
      'range: [0, 50], deadband: 0.01',
      'deadband: ‸1%',
      `deadband ${within} is in percent of the range, and the tag has none: add range, or write it in the tag's unit`,
    ],
    [
      'a rate without a time',
      'vibration:   { unit: mm/s,',
      'vibration:   { unit: mm/s, maxRate: ‸10 Hz,',
      `maxRate ${within} is not right: "10 Hz", an example is 10/s`,
    ],
    [
      'a misspelt setting',
      'vibration:   { unit: mm/s,',
      'vibration:   { unit: mm/s, ‸sourceUnits: mm/s,',
      `unknown key "sourceUnits" ${within}; did you mean "sourceUnit"?`,
    ],
    [
      'a clock that is none',
      'kind: modbus,',
      'kind: modbus, clock: ‸corect,',
      'clock in adapters.hall-plc must be one of trust, arrival, correct, not "corect"; did you mean "correct"?',
    ],
  ])('%s', (_what, part, replacement, message) => {
    const { text, line, column } = mutate(part, replacement);
    expect(problemsOf(text).map(formatProblem)).toContain(`plant.yaml:${line}:${column}: ${message}`);
  });
});
