import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Detector } from '../../rules/detector.ts';
import { NORMAL } from '../../rules/verdict.ts';
import type { JudgedPlant } from '../model/judged-plant.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { readings, resume, ruleOf, T0, tagOf } from './testbench.ts';

const TAGS = ['pump.flow', 'motor.current'];
const NAMES = new Map(TAGS.map((name, id) => [id, name]));

const plant: JudgedPlant = {
  sources: [],
  tags: TAGS.map((name) => tagOf(name)),
  rules: [ruleOf({ id: 'together', on: TAGS, detect: 'together', toleranceMs: 2_000, priority: 'low' })],
};

/** Abnormal while the sum is above 10; each tag has the part in it that its value says. */
function adding(filedUnder: Detector['filedUnder']): Engine {
  const together: Detector = {
    kind: 'together',
    about: 'machine',
    joins: true,
    ...(filedUnder && { filedUnder }),
    config: Type.Object({}),
    init: () => ({}),
    step: (_state, _at, [flow = 0, current = 0]) => {
      if (flow + current <= 10) return NORMAL;
      const contributions = [flow, current].map((share, i) => ({ tag: TAGS[i]!, share }));
      return {
        state: 'abnormal',
        score: 1,
        finding: { value: flow + current, limit: 10, explanation: 'too much', contributions },
      };
    },
  };
  return new Engine(
    compilePlan(plant, () => together),
    'log',
  );
}

const scan = (at: number, flow: number, current: number) =>
  readings(T0 + at, [0, T0 + at, flow], [1, T0 + at, current]);
const SCANS = [scan(0, 1, 1), scan(1_000, 2, 20), scan(2_000, 30, 2), scan(3_000, 1, 1), scan(4_000, 40, 2)];

function filed(filedUnder: Detector['filedUnder'], restart: 'no restart' | 'a restart after each record'): string[] {
  let engine = adding(filedUnder);
  return SCANS.flatMap((record, position) => {
    const { transitions } = engine.apply({ record, position, end: position + 1 }, NAMES);
    if (restart === 'a restart after each record') {
      engine = resume(engine, adding(filedUnder));
    }
    return transitions.map(({ effect, tag, asset }) => `${effect} ${tag} of ${asset}`);
  });
}

describe('an alert of a rule that joins tags', () => {
  it.each(['no restart', 'a restart after each record'] as const)(
    'is filed under the tag with the largest part when it was raised, and stays there: %s',
    (restart) => {
      expect(filed('largest part', restart)).toEqual([
        'raised motor.current of motor',
        'returned motor.current of motor',
        'raised again motor.current of motor',
      ]);
    },
  );

  it('is filed under the first tag where its detector does not say otherwise', () => {
    expect(new Set(filed(undefined, 'no restart').map((said) => said.split(' ').at(-3)))).toEqual(
      new Set(['pump.flow']),
    );
  });
});
