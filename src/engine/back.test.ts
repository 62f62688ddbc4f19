import { describe, expect, it } from 'vitest';
import { advance } from '../alerts/advance.ts';
import { transitionMessage } from '../alerts/message.ts';
import type { Alert } from '../model/alert.ts';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { Rule } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { readings, ruleOf, T0, tagOf } from './testbench.ts';

const NAMES = new Map([[0, 'pump-1.vibration']]);

const limit = ruleOf({
  id: 'high',
  on: ['pump-1.vibration'],
  detect: 'limit',
  with: { high: 4.5, highHigh: 7.1, low: 1, deadband: 0.2 },
});
const zone: Rule = {
  ...limit,
  detect: 'iso-zone',
  with: { standard: 'iso-10816-3', group: '2', foundation: 'rigid', deadband: 0 },
};
const range: Rule = { ...limit, detect: 'range', with: { low: 0, high: 20, margin: 2.5, for: 0 } };
const mean: Rule = { ...limit, detect: 'ewma', with: { lambda: 1, sigmas: 5, minSigma: 0.1, learn: 10 } };
const condition: Rule = { ...limit, detect: 'expression', with: { alarm: 'tag("pump-1.vibration") > 4.5' } };
const slowly: Rule = { ...limit, offDelayMs: 5_000 };

function plantOf(rule: Rule): JudgedPlant {
  return {
    sources: [],
    tags: [tagOf('pump-1.vibration', { unit: 'mm/s' })],
    rules: [rule],
  };
}

const readingOf = (value: number, second: number) => readings(T0 + second * 1_000, [0, T0 + second * 1_000, value]);

/** One reading a second; with `restarts` the engine goes through its snapshot after each. */
function run(rule: Rule, values: readonly number[], how: 'at a stretch' | 'with restarts' = 'at a stretch') {
  const plan = compilePlan(plantOf(rule));
  let engine = new Engine(plan, 'log');
  return values.flatMap((value, i): readonly Transition[] => {
    const { transitions } = engine.apply({ record: readingOf(value, i), position: i, end: i + 1 }, NAMES);
    if (how === 'at a stretch') return transitions;
    const snapshot = structuredClone(engine.snapshot());
    engine = new Engine(plan, 'log');
    engine.restore(snapshot);
    return transitions;
  });
}

/** What is told of the last transition. */
function toldOf(transitions: readonly Transition[]) {
  const alert = transitions.reduce<Alert | null>(advance, null)!; // there is at least one
  const message = transitionMessage(transitions.at(-1)!, alert, {
    workOrder: null,
    plant: 'test',
    timezone: 'UTC',
    at: T0,
  });
  const { type, data } = JSON.parse(message.body);
  return { type, value: data.alert.value, limit: data.alert.limit, explanation: data.alert.explanation };
}

describe('an alert that returned says the value it came back with and the limit it is behind again', () => {
  it.each([
    ['a limit', limit, [2, 5, 4.1], 4.1, 4.5, 'is 4.1 mm/s, back below the limit of 4.5 mm/s; it was 5 mm/s'],
    [
      'two limits at once',
      limit,
      [2, 8, 4.1],
      4.1,
      4.5,
      'is 4.1 mm/s, back below the limit of 4.5 mm/s; it was 8 mm/s',
    ],
    ['a deadband', limit, [2, 5, 4.4, 4.3], 4.3, 4.5, 'is 4.3 mm/s, back below the limit of 4.5 mm/s; it was 4.4 mm/s'],
    ['a low limit', limit, [2, 0.5, 1.3], 1.3, 1, 'is 1.3 mm/s, back above the limit of 1 mm/s; it was 0.5 mm/s'],
    ['zone D', zone, [1, 6, 2], 2, 2.8, 'is 2 mm/s, back below the limit of 2.8 mm/s; it was 6 mm/s'],
    ['a range', range, [1, 40, 2], 2, 20, 'is 2 mm/s, back below the limit of 20 mm/s; it was 40 mm/s'],
  ])('of %s', (_, rule, values, value, behind, said) => {
    const told = toldOf(run(rule, values));
    const explanation = `pump-1.vibration ${said}`;
    expect(told).toEqual({ type: 'alert.returned', value, limit: behind, explanation });
  });

  it('and of a rule without a fixed limit the newest reading, or what its detector measures', () => {
    const learnt = Array.from({ length: 10 }, (_, i) => 2 + 0.1 * (i % 2));
    expect(toldOf(run(mean, [...learnt, 9, 2]))).toMatchObject({
      type: 'alert.returned',
      value: 2,
      explanation: 'pump-1.vibration is 2 mm/s, which is normal again; it was 9 mm/s',
    });
    expect(toldOf(run(condition, [2, 5, 4.1]))).toEqual({
      ...{ type: 'alert.returned', value: 4.1, limit: 4.5 },
      explanation: 'no longer: tag("pump-1.vibration") > 4.5; tag("pump-1.vibration") is 4.1 (> 4.5), it was 5',
    });
  });

  it('the newest at the time when its delay is over, however often it was restarted', () => {
    const values = [2, 5, 4, 3, 3.5, 3.6, 3.7, 3.8, 3.9];
    const transitions = run(slowly, values);
    // The delay is over at second 7, where the reading of second 6 is the newest that is known.
    expect(toldOf(transitions)).toMatchObject({ type: 'alert.returned', value: 3.7 });
    expect(run(slowly, values, 'with restarts')).toEqual(transitions);
  });

  it('and not while it stands again', () => {
    expect(toldOf(run(slowly, [2, 5, 4, 8]))).toMatchObject({ type: 'alert.changed', value: 8, limit: 7.1 });
    expect(toldOf(run(limit, [2, 5, 4, 6]))).toMatchObject({ type: 'alert.raised_again', value: 6, limit: 4.5 });
  });
});
