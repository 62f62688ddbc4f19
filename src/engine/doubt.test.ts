import { Type } from 'typebox';
import { expect, it } from 'vitest';
import type { Detector } from '../../rules/detector.ts';
import { NORMAL } from '../../rules/verdict.ts';
import type { JudgedPlant } from '../model/judged-plant.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { readings, ruleOf, T0, tagOf } from './testbench.ts';

const TAGS = ['pump.temperature', 'pump.vibration'];

const joined = { toleranceMs: 2_000, priority: 'low' } as const;
const plant: JudgedPlant = {
  sources: [],
  tags: TAGS.map((name) => tagOf(name)),
  rules: [
    ruleOf({ id: 'sensor', on: TAGS, detect: 'sensor', ...joined }),
    ruleOf({ id: 'hot', on: TAGS.slice(0, 1), detect: 'high', ...joined }),
    ruleOf({ id: 'rough', on: TAGS.slice(1), detect: 'high', ...joined }),
  ],
};

const high: Detector = {
  kind: 'high',
  about: 'machine',
  config: Type.Object({}),
  init: () => ({}),
  step: (_state, _at, [value = 0]) =>
    value <= 10
      ? NORMAL
      : { state: 'abnormal', score: 1, finding: { value, limit: 10, explanation: 'it is more than 10' } },
};
const sensor: Detector = { ...high, kind: 'sensor', about: 'instrument', joins: true };

it('an instrument that is found wrong beside others puts what is said of its own tag in doubt, not what is said of theirs', () => {
  const plan = compilePlan(plant, (kind) => (kind === 'sensor' ? sensor : high));
  const engine = new Engine(plan, 'log');
  const names = new Map(TAGS.map((name, id) => [id, name]));
  // the vibration first: the instrument is judged when its own reading has come
  const scan = (at: number, temperature: number, vibration: number) =>
    readings(T0 + at, [1, T0 + at, vibration], [0, T0 + at, temperature]);
  const records = [scan(0, 1, 1), scan(1_000, 11, 1), scan(2_000, 1, 1), scan(3_000, 11, 1), scan(4_000, 11, 20)];
  const told = records.flatMap((record, position) =>
    engine
      .apply({ record, position, end: position + 1 }, names)
      .transitions.map(({ rule, effect, at }) => `${rule} ${effect} ${at - T0}`),
  );
  // its own reading is judged by the machine's rule before all tags of the group have come
  expect(told.filter((each) => each.startsWith('rough'))).toEqual(['rough raised 4000']);
  expect(told.filter((each) => each.startsWith('sensor')).length).toBeGreaterThan(0);
});
