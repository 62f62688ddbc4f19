import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Detector, Verdict } from '../../rules/detector.ts';
import { detectorOf } from '../../rules/index.ts';
import { NORMAL } from '../../rules/verdict.ts';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { Rule } from '../model/plant.ts';
import { compilePlan, type Registry } from './compile.ts';
import { Engine } from './engine.ts';
import { readings, ruleOf, T0, tagOf } from './testbench.ts';

const READINGS = 200;
const NAMES = new Map([[0, 'pump.code']]);

function plantOf(rules: readonly Pick<Rule, 'id' | 'detect' | 'with'>[]): JudgedPlant {
  return {
    sources: [],
    tags: [tagOf('pump.code')],
    rules: rules.map((rule) => ruleOf({ on: ['pump.code'], ...rule })),
  };
}

/** A detector that answers whatever it is told to, or fails so. */
function detector(kind: string, answer: () => Verdict): Detector {
  return { kind, about: 'machine', config: Type.Object({}), init: () => ({}), step: answer };
}

const abnormal = (value: number): Verdict => ({
  state: 'abnormal',
  score: 1,
  finding: { value, limit: 1, explanation: 'far too much' },
});

const counts = { before: 0, after: 0 };
const made: readonly Detector[] = [
  detector('counts-before', () => {
    counts.before++;
    return NORMAL;
  }),
  detector('counts-after', () => {
    counts.after++;
    return NORMAL;
  }),
  detector('throws', () => {
    throw new TypeError('cannot read the bearing');
  }),
  detector('recurses', function deeper(): Verdict {
    return deeper();
  }),
  detector('nan', () => abnormal(Number.NaN)),
  detector('nan-score', () => ({ state: 'normal', score: Number.NaN })),
];
const registry: Registry = (kind) => made.find((each) => each.kind === kind) ?? detectorOf(kind);

/** Runs a rule between two healthy ones over readings once a second. */
function runBetween(poison: Pick<Rule, 'detect' | 'with'>) {
  counts.before = 0;
  counts.after = 0;
  const rules = [
    { id: 'before', detect: 'counts-before', with: {} },
    { id: 'poison', ...poison },
    { id: 'after', detect: 'counts-after', with: {} },
  ];
  const engine = new Engine(compilePlan(plantOf(rules), registry), 'log');
  const parkedAfter: number[] = [];
  for (let second = 0; second < READINGS; second++) {
    const at = T0 + second * 1_000;
    const placed = { record: readings(at, [0, at, 404]), position: second, end: second + 1 };
    engine.apply(placed, NAMES);
    if (engine.parked.length > parkedAfter.length) parkedAfter.push(second + 1);
  }
  return { parked: engine.parked, parkedAfter, counts: { ...counts } };
}

describe('a poison rule', () => {
  it.each([
    ['throws', {}, 'cannot read the bearing'],
    ['recurses', {}, 'Maximum call stack size exceeded'],
    ['nan', {}, 'the value it found is NaN'],
    ['nan-score', {}, 'its score is NaN, not from 0 to 1'],
    [
      'expression',
      { alarm: 'timestamp(int(tag("pump.code"))).getHours("No" + "where") > 1' },
      'Invalid time zone specified: Nowhere',
    ],
  ])(
    '%s: is parked at its first reading with the reason, and the rules beside it miss none',
    (detect, settings, reason) => {
      const run = runBetween({ detect, with: settings });
      expect(run.parked).toEqual([{ rule: 'poison', tag: 'pump.code', reason }]);
      expect(run.parkedAfter).toEqual([1]);
      expect(run.counts).toEqual({ before: READINGS, after: READINGS });
    },
  );

  it('of a pattern that takes others 2^n steps is none', () => {
    const alarm = '(string(int(tag("pump.code"))) + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!").matches("(a+)+$")';
    const run = runBetween({ detect: 'expression', with: { alarm } });
    expect(run.parked).toEqual([]);
    expect(run.counts).toEqual({ before: READINGS, after: READINGS });
  });

  it.each([
    ['a window of 10^9', 'avg("pump.code", 1000000000s) > 1.0', 'the window of avg() must be from 1s to 31d'],
    [
      'a text that doubles without end',
      `${'"abcdefghijklmnop"'}${'.split("").join("abcdefghijklmnop")'.repeat(9)} == ""`,
      'can take more than 100000 steps for one reading',
    ],
  ])('of %s does not come as far as the engine', (_, alarm, reason) => {
    expect(() => runBetween({ detect: 'expression', with: { alarm } })).toThrow(`rule poison: ${reason}`);
  });
});
