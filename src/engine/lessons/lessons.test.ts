import { describe, expect, it } from 'vitest';
import { detectorOf } from '../../../rules/index.ts';
import type { JudgedPlant } from '../../model/judged-plant.ts';
import type { LogRecord } from '../../model/log-record.ts';
import type { Rule } from '../../model/plant.ts';
import { Replay } from '../backtest/replay.ts';
import { compilePlan } from '../compile.ts';
import { planInForceOf } from '../plan-in-force.ts';
import { PlannedEngine } from '../planned-engine.ts';
import type { EngineSnapshot } from '../snapshot.ts';
import { lessonsIn } from './lessons.ts';

const T0 = 1_790_000_000_000;
const NAMES = new Map([[0, 'pump.flow']]);
const tag = {
  name: 'pump.flow',
  asset: 'pump',
  unit: null,
  source: null,
  range: null,
  deadband: 0,
  heartbeatMs: 60_000,
};
const usual = {
  on: ['pump.flow'],
  when: null,
  onDelayMs: 0,
  offDelayMs: 0,
  priority: 'high',
  workOrder: null,
} as const;
const high: Rule = { ...usual, id: 'high', detect: 'limit', with: { high: 50, deadband: 0 } };
const shift: Rule = {
  ...usual,
  id: 'shift',
  detect: 'ewma',
  with: { lambda: 0.2, sigmas: 3, minSigma: 0.1, learn: 20 },
};
const plantOf = (rules: readonly Rule[]): JudgedPlant => ({ rules, tags: [tag], sources: [] });

const READINGS = 60;
const timeOf = (i: number) => T0 + i * 1_000;
const flowOf = (i: number) => 10 + (i % 3) * 0.1;
const reading = (i: number, value = flowOf(i)): LogRecord => ({
  kind: 'readings',
  receivedAt: timeOf(i),
  batch: {
    tag: Int32Array.of(0),
    at: Float64Array.of(timeOf(i)),
    value: Float64Array.of(value),
    quality: new Uint8Array(1),
    codes: new Map(),
  },
});
const planned = (at: number, rules: readonly Rule[]): LogRecord => ({
  kind: 'event',
  event: { kind: 'plan', at, ...planInForceOf(plantOf(rules)).plan },
});

/** An engine that can be stopped and started again between two records. */
function start(rules: readonly Rule[]) {
  const begin = (plan: PlannedEngine['inForce']) => new PlannedEngine({ plan, registry: detectorOf, logId: 'log' });
  let engine = begin(planInForceOf(plantOf(rules)).plan);
  let position = 0;
  return {
    apply: (record: LogRecord) => engine.apply({ record, position, end: ++position }, NAMES).transitions,
    restart: () => {
      const saved = JSON.parse(JSON.stringify(engine.snapshot())) as EngineSnapshot;
      engine = begin(engine.inForce);
      engine.restore(saved);
    },
    untaught: () => engine.untaught.map(({ rule }) => rule),
    learnt: (rule: string) =>
      lessonsIn(engine.snapshot().cells).find(({ key }) => key.startsWith(`${rule}|`))?.detector,
  };
}

function lessonsOfHistory() {
  const replay = new Replay({
    plans: [{ plan: compilePlan(plantOf([shift])), onTransition: () => undefined }],
    names: NAMES,
    from: T0,
    links: [],
  });
  const indexes = Array.from({ length: READINGS }, (_, i) => i);
  replay.rows({
    tagId: new Int32Array(READINGS),
    at: Float64Array.from(indexes, timeOf),
    value: Float64Array.from(indexes, flowOf),
    quality: new Uint8Array(READINGS),
  });
  replay.reached(timeOf(READINGS));
  return lessonsIn(replay.snapshot().cells);
}

it('a rule that is new knows after its lesson what it would know had it been there before', () => {
  const always = start([high, shift]);
  const late = start([high]);
  for (let i = 0; i < READINGS; i++) for (const engine of [always, late]) engine.apply(reading(i));
  expect(late.untaught()).toEqual([]);
  late.apply(planned(timeOf(READINGS), [high, shift]));
  late.restart();
  expect(late.untaught()).toEqual(['shift']);
  late.apply({ kind: 'event', event: { kind: 'learnt', at: timeOf(READINGS), lessons: lessonsOfHistory() } });
  expect(late.untaught()).toEqual([]);
  expect(late.learnt('shift')).toEqual(always.learnt('shift'));
  late.restart();
  expect(late.untaught()).toEqual([]);
  const found = [0, 1, 2].flatMap((i) => late.apply(reading(READINGS + i, 12)));
  expect(found.map(({ rule, effect }) => [rule, effect])).toEqual([['shift', 'raised']]);
});

it('a rule that was changed is to learn anew, and one without history learns from now on', () => {
  const engine = start([shift]);
  expect(engine.untaught()).toEqual(['shift']);
  const none = lessonsOfHistory().map((lesson) => ({ ...lesson, detector: null }));
  engine.apply({ kind: 'event', event: { kind: 'learnt', at: T0, lessons: none } });
  expect(engine.untaught()).toEqual([]);
  engine.apply(reading(0));
  const before = engine.learnt('shift');
  engine.apply(planned(timeOf(1), [high, shift]));
  expect([engine.untaught(), engine.learnt('shift')]).toEqual([[], before]);
  engine.apply(planned(timeOf(2), [{ ...shift, onDelayMs: 5_000 }]));
  expect(engine.untaught()).toEqual(['shift']);
  engine.apply({ kind: 'event', event: { kind: 'learnt', at: T0, lessons: none } }); // of the rule as it was
  expect(engine.untaught()).toEqual(['shift']);
});

describe('a rule that may learn once', () => {
  const zone: Rule = {
    ...usual,
    id: 'zone',
    detect: 'iso-zone',
    with: { standard: 'iso-10816-3', foundation: 'rigid', boundaries: [20, 30, 40], deadband: 2 },
  };
  const learning: Rule = { ...zone, with: { ...zone.with, learn: 5 } };

  it('keeps what it learnt when something else of it is changed', () => {
    const engine = start([learning]);
    const none = compilePlan(plantOf([learning])).watches.map(({ key, fingerprint }) => ({
      key,
      fingerprint,
      detector: null,
    }));
    engine.apply({ kind: 'event', event: { kind: 'learnt', at: T0, lessons: none } });
    for (let i = 0; i < 6; i++) engine.apply(reading(i));
    const before = engine.learnt('zone');
    expect(before).toMatchObject({ baseline: 10.1 });
    const changed = { ...learning, onDelayMs: 5_000, when: 'tag("pump.flow") > 5' };
    engine.apply(planned(timeOf(6), [changed]));
    expect([engine.untaught(), engine.learnt('zone')]).toEqual([[], before]);
    engine.restart();
    engine.apply(reading(7, 1));
    expect([engine.untaught(), engine.learnt('zone')]).toEqual([[], before]);
    engine.apply(planned(timeOf(8), [{ ...changed, with: { ...zone.with, learn: 6 } }]));
    expect([engine.untaught(), engine.learnt('zone')]).toEqual([['zone'], { zone: 'A' }]);
  });

  it('does not learn where its settings do not say so, and begins anew after its condition was not true', () => {
    const engine = start([{ ...zone, when: 'tag("pump.flow") > 5' }]);
    expect(engine.untaught()).toEqual([]);
    engine.apply(reading(0, 35));
    expect(engine.learnt('zone')).toEqual({ zone: 'C' });
    engine.apply(reading(1, 1));
    expect(engine.learnt('zone')).toEqual({ zone: 'A' });
  });
});
