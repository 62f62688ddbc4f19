import { expect, it } from 'vitest';
import { detectorOf } from '../../rules/index.ts';
import { seeded } from '../../rules/math/seeded.ts';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { LogRecord } from '../model/log-record.ts';
import type { Transition } from '../model/transition.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { readings, resume, ruleOf, T0, tagOf } from './testbench.ts';

const TAG = 'pump.wear';
const NAMES = new Map([[0, TAG]]);
const DAY_MS = 86_400_000;

const plant: JudgedPlant = {
  sources: [],
  tags: [tagOf(TAG, { unit: 'um' })],
  rules: [
    ruleOf({
      id: 'wear',
      on: [TAG],
      detect: 'forecast',
      with: { high: 1_000, within: 30 * DAY_MS, soon: 60_000, growth: 'linear', every: 1_000, blocks: 12, sigmas: 3 },
      priority: 'low',
    }),
  ],
};

/** A second each; after a minute the wear is ten times as fast. */
function wear(): LogRecord[] {
  const { normal } = seeded(7);
  return Array.from({ length: 120 }, (_, i) => {
    const at = T0 + 1_000 * i;
    const value = (i < 60 ? 0.01 * i : 0.6 + 0.1 * (i - 60)) + 0.001 * normal();
    return readings(at, [0, at, value]);
  });
}

const started = () => new Engine(compilePlan(plant, detectorOf), 'log');

function judged(restart: 'no restart' | 'a restart after each record'): Transition[] {
  let engine = started();
  return wear().flatMap((record, position) => {
    const { transitions } = engine.apply({ record, position, end: position + 1 }, NAMES);
    if (restart === 'a restart after each record') {
      engine = resume(engine, started());
    }
    return [...transitions];
  });
}

it('a forecast is part of the transition that tells of it, and the same on every replay', () => {
  const told = judged('no restart');
  expect(told[0]).toMatchObject({ effect: 'raised', level: 'H' });
  const hours = told.map(({ rul }) => rul!.p50);
  expect(hours[0]! * 3_600).toBeGreaterThan(80_000); // 1,000 um at 0.01 um/s
  expect(hours[0]! * 3_600).toBeLessThan(125_000);
  expect(told.slice(1).map(({ effect }) => effect)).toContain('changed');
  expect(hours.at(-1)).toBeLessThan(hours[0]! / 4);
  for (const { at, rul } of told) expect(rul!.at).toBe(at);
  expect(judged('no restart')).toEqual(told);
  expect(judged('a restart after each record')).toEqual(told);
});
