import { describe, expect, it } from 'vitest';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { LogRecord, PlacedRecord } from '../model/log-record.ts';
import type { Rule } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { readings, resume, ruleOf, T0, tagOf } from './testbench.ts';

const TAGS = ['pump.temp', 'pump.speed', 'pump.flow'];
const NAMES = new Map(TAGS.map((name, id) => [id, name]));

function plantOf(rules: readonly Partial<Rule>[]): JudgedPlant {
  return {
    sources: [],
    tags: TAGS.map((name) => tagOf(name)),
    rules: rules.map((rule) => ruleOf({ id: 'hot', on: ['pump.temp'], detect: 'expression', ...rule })),
  };
}

function reading(tag: string, second: number, value: number, quality = 0): LogRecord {
  const at = T0 + second * 1_000;
  return readings(at, [TAGS.indexOf(tag), at, value, quality]);
}

/** Runs records, each restart through JSON. */
function run(plant: JudgedPlant, records: readonly LogRecord[], restartEvery = Number.POSITIVE_INFINITY): Transition[] {
  let engine = new Engine(compilePlan(plant), 'log');
  return records.flatMap((record, position) => {
    if (position % restartEvery === restartEvery - 1) {
      engine = resume(engine, new Engine(compilePlan(plant), 'log'));
    }
    const placed: PlacedRecord = { record, position, end: position + 1 };
    return [...engine.apply(placed, NAMES).transitions];
  });
}

const said = (transitions: readonly Transition[]) =>
  transitions.map(({ effect, at }) => `${effect} ${(at - T0) / 1_000}`);

describe('an expression rule', () => {
  const alarm = 'avg("pump.temp", 1m) > 80.0 && tag("pump.speed") > 100.0';
  const warmUp = [
    reading('pump.speed', 0, 1_450),
    ...Array.from({ length: 200 }, (_, s) => reading('pump.temp', s + 1, s < 100 ? 70 : 90)),
  ];

  it('raises when the mean over the window crosses, says with which numbers, and returns', () => {
    const cooled = Array.from({ length: 60 }, (_, s) => reading('pump.temp', s + 201, 70));
    const transitions = run(plantOf([{ with: { alarm } }]), [...warmUp, ...cooled]);
    expect(transitions.map(({ effect }) => effect)).toEqual(['raised', 'returned']);
    expect((transitions[0]!.at - T0) / 1_000).toBeCloseTo(131, -1); // half of the window is at 90
    expect(transitions[0]).toMatchObject({ tag: 'pump.temp', kind: 'machine', finding: { limit: 80 } });
    expect(transitions[0]!.finding!.explanation).toMatch(/^avg\("pump.temp", 1m\) is 80\.\d+ \(> 80\)$/);
  });

  it('is judged by a reading of any of its tags', () => {
    const records = [...warmUp.slice(1), reading('pump.speed', 205, 1_450), reading('pump.speed', 206, 0)];
    expect(said(run(plantOf([{ with: { alarm, says: 'the pump runs hot' } }]), records))).toEqual([
      'raised 205',
      'returned 206',
    ]);
  });

  it('does the same however often it is restarted', () => {
    const plant = plantOf([{ with: { alarm } }, { id: 'quiet', with: { alarm: 'stddev("pump.temp", 30s) < 0.1' } }]);
    const straight = run(plant, warmUp);
    expect(straight.length).toBeGreaterThan(1);
    for (const every of [2, 7, 50]) expect(run(plant, warmUp, every)).toEqual(straight);
  });

  it('knows qualities and times since, and neither raises nor clears on what it does not know', () => {
    const rules = [
      { id: 'doubt', on: ['pump.flow'], with: { alarm: 'quality("pump.flow") != "good"' } },
      { id: 'old', on: ['pump.temp'], with: { alarm: 'since("pump.flow") > 20s' } },
      { id: 'steep', with: { alarm: 'rate("pump.temp", 10s) > 1000000.0' } },
    ];
    const records = [
      reading('pump.flow', 1, 5),
      reading('pump.flow', 2, 5, 1),
      reading('pump.temp', 20, 5),
      reading('pump.temp', 23, 5),
    ];
    expect(run(plantOf(rules), records).map(({ rule, at }) => `${rule} ${(at - T0) / 1_000}`)).toEqual([
      'doubt 2',
      'old 23',
    ]);
  });

  it('serves a condition of another rule, too', () => {
    const limit = { detect: 'limit', with: { high: 80, deadband: 0 }, when: 'avg("pump.speed", 10s) > 100.0' };
    const early = [reading('pump.temp', 1, 90)];
    const spinning = Array.from({ length: 20 }, (_, s) => reading('pump.speed', s + 2, 1_450));
    const records = [...early, ...spinning, reading('pump.temp', 23, 90)];
    expect(said(run(plantOf([limit]), records))).toEqual(['raised 23']);
  });
});
