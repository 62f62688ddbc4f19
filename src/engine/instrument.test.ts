import { describe, expect, it } from 'vitest';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { Rule } from '../model/plant.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { readings, ruleOf, T0, tagOf } from './testbench.ts';

const NAMES = new Map([[0, 'pump-1.pressure']]);

const machine = ruleOf({
  id: 'high',
  on: ['pump-1.pressure'],
  detect: 'limit',
  with: { high: 7, deadband: 0 },
});
const spikes: Rule = {
  ...machine,
  id: 'spikes',
  detect: 'spike',
  with: { readings: 21, deviations: 10, minSigma: 0, longest: 3, tell: 'at-once', gap: 300_000 },
};
const outside: Rule = { ...machine, id: 'outside', detect: 'range', with: { margin: 2.5, for: 0 } };

function plantOf(rules: readonly Rule[]): JudgedPlant {
  return {
    sources: [],
    tags: [tagOf('pump-1.pressure', { unit: 'bar', range: [0, 16] })],
    rules,
  };
}

const readingOf = (value: number, second: number) => readings(T0 + second * 1_000, [0, T0 + second * 1_000, value]);

function told(values: readonly number[], rules: readonly Rule[]): string[] {
  const engine = new Engine(compilePlan(plantOf(rules)), 'log');
  return values.flatMap((value, i) =>
    engine
      .apply({ record: readingOf(value, i), position: i, end: i + 1 }, NAMES)
      .transitions.map(({ kind, effect, at }) => `${kind} ${effect} ${Math.floor((at - T0) / 1_000)}`),
  );
}

/** Pressure around 5 bar with three levels of noise. */
const healthy = Array.from({ length: 60 }, (_, i) => 5 + ((i * 7) % 3) / 20);

describe('what is wrong with the instrument', () => {
  it('is told instead of what the machine would have been blamed for: a spike', () => {
    const values = healthy.with(40, 15);
    expect(told(values, [machine])).toEqual(['machine raised 40', 'machine returned 41']);
    expect(told(values, [machine, spikes])).toEqual(['instrument raised 40', 'instrument returned 41']);
  });

  it('is told instead of what the machine would have been blamed for: a value outside the range of its tag', () => {
    const values = healthy.map((value, i) => (i < 40 ? value : 20));
    expect(told(values, [machine])).toEqual(['machine raised 40']);
    expect(told(values, [machine, outside])).toEqual(['instrument raised 40']);
  });

  it('does not hide a machine that goes to a new level and stays there', () => {
    const values = healthy.map((value, i) => (i < 40 ? value : value + 5));
    expect(told(values, [machine, spikes, outside])).toEqual([
      'instrument raised 40',
      'instrument returned 43',
      'machine raised 43',
    ]);
  });
});
