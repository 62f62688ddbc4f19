import { describe, expect, it } from 'vitest';
import type { Detector } from '../../rules/detector.ts';
import { detectorOf } from '../../rules/index.ts';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { LogRecord } from '../model/log-record.ts';
import type { Rule } from '../model/plant.ts';
import type { Registry } from './compile.ts';
import type { OverrunRule } from './overruns.ts';
import { planInForceOf } from './plan-in-force.ts';
import { PlannedEngine } from './planned-engine.ts';
import { readings, ruleOf, T0, tagOf } from './testbench.ts';

const NAMES = new Map([
  [0, 'pump.vibration'],
  [1, 'pump.speed'],
]);

const high = ruleOf({
  id: 'high',
  on: ['pump.vibration'],
  detect: 'limit',
  with: { high: 4.5, deadband: 0 },
  offDelayMs: 5_000,
});

function plantOf(rules: readonly Rule[], sources: JudgedPlant['sources'] = []): JudgedPlant {
  const tags = [...NAMES.values()].map((name) => tagOf(name, { source: sources[0]?.id ?? null }));
  return { rules, tags, sources };
}

const reading = (at: number, value: number, tag = 0) => readings(at, [tag, at, value]);

const change = (at: number, plant: JudgedPlant): LogRecord => ({
  kind: 'event',
  event: { kind: 'plan', at, ...planInForceOf(plant).plan },
});

interface Run {
  readonly registry?: Registry;
  readonly overruns?: { readonly rules: readonly OverrunRule[]; readonly until: number };
}

function run(plant: JudgedPlant, records: readonly LogRecord[], { registry = detectorOf, overruns }: Run = {}) {
  const engine = new PlannedEngine({
    plan: planInForceOf(plant).plan,
    registry,
    logId: 'log',
    ...(overruns && { overruns }),
  });
  engine.restore(null);
  const told = records.flatMap((record, i) => engine.apply({ position: i, end: i + 1, record }, NAMES).transitions);
  return {
    engine,
    told: told.map(({ rule, effect, at, note }) => `${rule} ${effect} ${at - T0} ${note ?? ''}`.trim()),
  };
}

describe('a plant that is changed while the engine runs', () => {
  const raised = [reading(T0, 9)];

  it.each([
    ['removed', [], ['high cleared 1000 the rule high was removed']],
    ['changed', [{ ...high, with: { high: 5, deadband: 0 } }], ['high cleared 1000 the rule high was changed']],
    [
      'put on another tag',
      [{ ...high, on: ['pump.speed'] }],
      ['high cleared 1000 the rule high no longer watches pump.vibration'],
    ],
    ['left as it was, among others', [{ ...high, id: 'other' }, high], []],
    ['given another priority', [{ ...high, priority: 'low' as const }], []],
  ])('closes an alert, and says why, when its rule was %s', (_what, rules, ends) => {
    const { told } = run(plantOf([high]), [...raised, change(T0 + 1_000, plantOf(rules))]);
    expect(told).toEqual(['high raised 0', ...ends]);
  });

  it('lets the delays of an unchanged rule run on', () => {
    const records = [
      ...raised,
      reading(T0 + 1_000, 1),
      change(T0 + 2_000, plantOf([high, { ...high, id: 'other', on: ['pump.speed'] }])),
      { kind: 'clock', at: T0 + 6_000 } as const,
    ];
    expect(run(plantOf([high]), records).told).toEqual(['high raised 0', 'high returned 6000']);
  });

  it('judges by the new rules from the next reading on', () => {
    const records = [
      reading(T0, 9, 1),
      change(T0 + 1, plantOf([{ ...high, on: ['pump.speed'] }])),
      reading(T0 + 2, 9, 1),
    ];
    expect(run(plantOf([high]), records).told).toEqual(['high raised 2']);
  });

  it('closes the alert of a link whose source was removed', () => {
    const plc = { id: 'plc', kind: 'modbus', alertAfterMs: 0, priority: 'medium' } as const;
    const down = { kind: 'event', event: { kind: 'source', source: 'plc', link: 'down', at: T0 } } as const;
    expect(run(plantOf([high], [plc]), [down, change(T0 + 1, plantOf([high]))]).told).toEqual([
      'communications raised 0',
      'communications cleared 1 plc was changed or removed',
    ]);
  });

  it('changes nothing when it is the same plant once more, or one that nobody can judge by', () => {
    const unknown = plantOf([{ ...high, detect: 'forgotten' }]);
    const { engine, told } = run(plantOf([high]), [
      ...raised,
      change(T0 + 1, plantOf([high])),
      change(T0 + 2, unknown),
    ]);
    expect(told).toEqual(['high raised 0']);
    expect(engine.inForce).toEqual(planInForceOf(plantOf([high])).plan);
    expect(engine.openAlerts.size).toBe(1);
  });

  it('counts on what came too late, and lets a rule run again that failed before it was changed', () => {
    const failing: Detector = {
      ...detectorOf('limit')!,
      step: () => {
        throw new Error('a mistake');
      },
    };
    const registry: Registry = (kind) => (kind === 'limit' ? failing : detectorOf(kind));
    const records = [...raised, reading(T0 - 1, 9)];
    const { engine } = run(plantOf([high]), records, { registry });
    expect(engine.parked).toEqual([{ rule: 'high', tag: 'pump.vibration', reason: 'a mistake' }]);
    const changed = run(plantOf([high]), [...records, change(T0 + 1, plantOf([{ ...high, offDelayMs: 1 }]))], {
      registry,
    });
    expect([changed.engine.late, changed.engine.parked]).toEqual([1, []]);
  });
});

describe('a rule that overran under a plan', () => {
  const slower = { ...high, offDelayMs: 60_000 };
  const fingerprintOf = (rule: Rule) => {
    let found = '';
    new PlannedEngine({
      plan: planInForceOf(plantOf([rule])).plan,
      registry: detectorOf,
      logId: 'log',
      onPlan: ({ watches }) => {
        found = watches[0]!.fingerprint;
      },
    });
    return found;
  };
  const rules = [{ rule: 'high', fingerprint: fingerprintOf(slower), reason: 'it does not end', alerts: [] }];
  const records = [change(T0, plantOf([slower])), reading(T0 + 1, 9)];

  it('is off under that plan when the log is evaluated again, and not before', () => {
    const { told, engine } = run(plantOf([high]), [reading(T0 - 1, 9), ...records], { overruns: { rules, until: 3 } });
    expect(told).toEqual(['high raised -1', 'high cleared 0 the rule high was changed']);
    expect(engine.parked).toMatchObject([{ rule: 'high', reason: 'it does not end' }]);
  });

  it('runs again when somebody goes back to it later', () => {
    const { told, engine } = run(plantOf([high]), records, { overruns: { rules, until: 0 } });
    expect([told, engine.parked]).toEqual([['high raised 1'], []]);
  });
});
