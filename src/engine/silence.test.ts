import { describe, expect, it } from 'vitest';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { LogRecord } from '../model/log-record.ts';
import type { Rule } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import type { EngineSnapshot } from './snapshot.ts';
import { readings, ruleOf, T0, tagOf } from './testbench.ts';

const TAGS = Array.from({ length: 200 }, (_, i) => `m-${i}.v`);
const NAMES = new Map(TAGS.map((name, id) => [id, name]));

const base = ruleOf({
  id: 'stale',
  on: TAGS,
  detect: 'stale',
  with: { after: 15_000 },
});
const machine: Rule = { ...base, id: 'high', detect: 'limit', with: { high: 4, deadband: 0 }, onDelayMs: 60_000 };

function plantOf(rules: readonly Rule[]): JudgedPlant {
  return {
    sources: [
      {
        id: 'gateway',
        kind: 'mqtt',
        alertAfterMs: 30_000,
        priority: 'medium',
      },
    ],
    tags: TAGS.map((name) => tagOf(name, { source: 'gateway' })),
    rules,
  };
}

/** Every tag once, the last 900 ms after the first, as a scan does. */
function scan(second: number, value: number, tags = TAGS): LogRecord[] {
  return tags.map((name, i): LogRecord => {
    const at = T0 + second * 1_000 + Math.floor((i * 900) / tags.length);
    return readings(at, [TAGS.indexOf(name), at, value]);
  });
}

const clocks = (from: number, to: number): LogRecord[] =>
  Array.from({ length: to - from }, (_, i) => ({ kind: 'clock', at: T0 + (from + i) * 1_000 }));
const link = (state: 'starting' | 'up' | 'down', second: number): LogRecord => ({
  kind: 'event',
  event: { kind: 'source', source: 'gateway', link: state, at: T0 + second * 1_000 },
});

/** Runs stretches of records; between two of them the service is started again. */
function run(stretches: readonly (readonly LogRecord[])[], rules = [base, machine]): Transition[] {
  let saved: EngineSnapshot | null = null;
  let position = 0;
  return stretches.flatMap((records) => {
    const engine = new Engine(compilePlan(plantOf(rules)), 'log');
    if (saved) engine.restore(saved);
    const found = records.flatMap((record) => [
      ...engine.apply({ record, position, end: ++position }, NAMES).transitions,
    ]);
    saved = JSON.parse(JSON.stringify(engine.snapshot())) as EngineSnapshot;
    return found;
  });
}

const told = (transitions: readonly Transition[]) =>
  transitions.map(({ kind, tag, effect, at }) => `${kind} ${tag ?? ''} ${effect} ${Math.floor((at - T0) / 1_000)}`);

describe('a gateway with 200 tags that goes silent while its link stands', () => {
  const alive = [link('up', -1), ...[0, 1, 2].flatMap((s) => [...scan(s, 5), ...clocks(s + 1, s + 2)])];

  it('is one alert, none about instruments and none about machines, and is over when it speaks again', () => {
    const transitions = run([[...alive, ...clocks(4, 200), ...scan(200, 1), ...clocks(201, 210)]]);
    expect(told(transitions)).toEqual(['communications  raised 32', 'communications  returned 205']);
    expect(transitions[0]!.finding!.explanation).toBe(
      'gateway (mqtt) has sent nothing for 15 s for any of its 200 tags, though its link is up',
    );
    expect(transitions[1]!.finding!.explanation).toBe(
      'gateway (mqtt) is back: sends readings again since 2026-09-21 14:16:40 (UTC), after 3 min away',
    );
  });

  it('is told of its clock, not of silence, when its readings come an hour old', () => {
    const late = Array.from({ length: 100 }, (_, i): LogRecord[] => {
      const at = T0 + (4 + i) * 1_000;
      return [
        readings(at, ...TAGS.map((_, id): [number, number, number] => [id, at - 3_600_000, 5])),
        ...clocks(4 + i, 5 + i),
      ];
    }).flat();
    const stops = [late.slice(0, 40), late.slice(40)];
    for (const stretches of [[[...alive, ...late]], [[...alive, ...stops[0]!], stops[1]!]]) {
      const transitions = run(stretches);
      expect(told(transitions)).toEqual(['communications  raised 32']);
      expect(transitions[0]!.finding!.explanation).toMatch(
        /^gateway \(mqtt\) sends readings that are 60 min old when they arrive, .*its clock is behind/,
      );
    }
  });

  it('is the same one alert when the service is started again in the middle of it', () => {
    const again = [link('starting', 301), link('up', 302), ...clocks(303, 400)];
    expect(told(run([[...alive, ...clocks(4, 200)], again]))).toEqual(['communications  raised 32']);
    expect(told(run([[...alive, ...clocks(4, 10)], again]))).toEqual(['communications  raised 324']);
  });

  it('is one alert, too, when it never said anything', () => {
    expect(told(run([[link('up', -1), ...clocks(0, 100)]]))).toEqual(['communications  raised 45']);
  });

  it('is not silent while one of its tags is heard: then it is the instruments', () => {
    const others = TAGS.slice(2);
    const on = Array.from({ length: 40 }, (_, s) => [...scan(s + 3, 1, others), ...clocks(s + 4, s + 5)]).flat();
    expect(told(run([[...alive, ...on]], [base]))).toEqual([
      'instrument m-0.v raised 17',
      'instrument m-1.v raised 18',
    ]);
  });
});

describe('a machine whose instrument is in doubt', () => {
  const flat: Rule = {
    ...base,
    id: 'flat',
    on: ['m-0.v'],
    detect: 'flatline',
    with: { for: 5_000, tolerance: 0, minReadings: 3 },
  };
  const hot: Rule = {
    ...base,
    id: 'hot',
    on: ['m-0.v'],
    detect: 'limit',
    with: { high: 4, deadband: 0 },
    onDelayMs: 7_000,
  };
  const other: Rule = { ...hot, id: 'other', on: ['m-1.v'], when: 'tag("m-0.v") > 0.0' };
  const stuck = Array.from({ length: 30 }, (_, s) => [
    ...scan(s, 5, ['m-0.v', 'm-1.v']),
    ...clocks(s + 1, s + 2),
  ]).flat();

  it('is not judged, also where its condition reads it, until the instrument is right again', () => {
    const moving = Array.from({ length: 12 }, (_, s) => [
      ...scan(s + 30, 5 + s / 10, ['m-0.v', 'm-1.v']),
      ...clocks(s + 31, s + 32),
    ]).flat();
    const transitions = run([[link('up', -1), ...stuck, ...moving]], [hot, other, flat]);
    expect(transitions.map(({ rule, effect, at }) => `${rule} ${effect} ${Math.floor((at - T0) / 1_000)}`)).toEqual([
      'flat raised 5',
      'flat returned 31',
      // 5 s of the on-delay had gone when the doubt began.
      'hot raised 33',
      'other raised 33',
    ]);
  });
});
