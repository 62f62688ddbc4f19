import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { LogEvent, PlacedRecord } from '../model/log-record.ts';
import type { SourceCondition } from '../model/source-event.ts';
import type { Transition } from '../model/transition.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { MAX_OPEN } from './external.ts';
import type { EngineSnapshot } from './snapshot.ts';
import { T0 } from './testbench.ts';

const plant = (sources: readonly string[], kind = 'opcua'): JudgedPlant => ({
  sources: sources.map((id) => ({
    id,
    kind,
    alertAfterMs: 5_000,
    priority: 'medium',
  })),
  tags: [],
  rules: [],
});
const engineOf = (sources: readonly string[] = ['ua'], kind?: string) =>
  new Engine(compilePlan(plant(sources, kind)), 'log');

function said(more: Partial<SourceCondition>): LogEvent {
  const condition: SourceCondition = {
    kind: 'condition',
    key: 'tank-high',
    state: 'active',
    acknowledged: null,
    priority: 'high',
    level: null,
    severity: 700,
    from: 'Tank 3',
    name: 'HighLevel',
    message: 'level above 90 %',
    at: T0,
    subject: null,
    ...more,
  };
  return { kind: 'external', source: 'ua', at: T0 + 500, said: condition };
}
const standing = (keys: readonly string[], at: number, source = 'ua'): LogEvent => ({
  kind: 'external',
  source,
  at,
  said: { kind: 'standing', keys },
});
const acknowledge = (alert: string, at: number): LogEvent => ({
  kind: 'acknowledge',
  commandId: 'c',
  alert,
  at,
  by: 'anna',
});
const elsewhere = { by: 'operator', note: 'seen on the panel' };

/** A log in memory: each record is one byte long. */
const place = (events: readonly LogEvent[]): PlacedRecord[] =>
  events.map((event, position) => ({ record: { kind: 'event', event }, position, end: position + 1 }));

function run(events: readonly LogEvent[], engine = engineOf()): Transition[] {
  return place(events).flatMap((placed) => [...engine.apply(placed, new Map()).transitions]);
}
const effects = (transitions: readonly Transition[]) => transitions.map(({ effect, at }) => `${effect} ${at - T0}`);

describe('an alarm of a source', () => {
  it('is an alert with the time, the words and the priority of its source', () => {
    const [raised, ...rest] = run([said({ level: 'H', subject: { tag: 'tank-3.level' } })]);
    expect(rest).toEqual([]);
    expect(raised).toMatchObject({
      rule: 'external',
      kind: 'external',
      tag: 'tank-3.level',
      asset: 'tank-3',
      source: 'ua',
      priority: 'high',
      level: 'H',
      effect: 'raised',
      state: 'unacknowledged',
      at: T0,
      raisedAt: T0,
      finding: { explanation: 'Tank 3 HighLevel: level above 90 % (severity 700)' },
    });
  });

  it('returns, and waits for somebody to acknowledge it here or there', () => {
    const raised = run([said({})])[0]!;
    const ended = [said({}), said({ state: 'inactive', at: T0 + 9 })];
    expect(effects(run(ended))).toEqual(['raised 0', 'returned 9']);
    const here = run([...ended, acknowledge(raised.alert, T0 + 20)]);
    expect(effects(here).at(-1)).toBe('cleared 20');
    expect(here.at(-1)).toMatchObject({ by: 'anna', alert: raised.alert, raisedAt: T0 });
    const there = run([...ended, said({ state: 'inactive', acknowledged: elsewhere, at: T0 + 30 })]);
    expect(effects(there).at(-1)).toBe('cleared 30');
    expect(there.at(-1)).toMatchObject({ by: 'operator at ua', note: 'seen on the panel' });
  });

  it('stays acknowledged here although nobody acknowledged it at the source', () => {
    const alert = run([said({})])[0]!.alert;
    const events = [
      said({}),
      acknowledge(alert, T0 + 5),
      said({ at: T0 + 6 }),
      said({ state: 'inactive', at: T0 + 9 }),
    ];
    expect(effects(run(events))).toEqual(['raised 0', 'acknowledged 5', 'cleared 9']);
  });

  it('that came and was acknowledged while nobody listened is raised, and acknowledged by who did it', () => {
    const transitions = run([said({ acknowledged: elsewhere })]);
    expect(transitions.map(({ effect, by, note }) => [effect, by, note])).toEqual([
      ['raised', null, null],
      ['acknowledged', 'operator at ua', 'seen on the panel'],
    ]);
  });

  it('is told once however often its source repeats it, and is another alert when it comes again', () => {
    const once = [said({}), said({}), said({ acknowledged: elsewhere }), said({ acknowledged: elsewhere })];
    expect(effects(run(once))).toEqual(['raised 0', 'acknowledged 0']);
    const twice = run([...once, said({ state: 'inactive', at: T0 + 1 }), said({}), said({})]);
    expect(effects(twice)).toEqual(['raised 0', 'acknowledged 0', 'cleared 1', 'raised 0']);
    expect(twice[3]!.alert).not.toBe(twice[0]!.alert);
  });

  it('tells of a higher priority or another level, and keeps the highest priority to its end', () => {
    const transitions = run([
      said({ priority: 'low' }),
      said({ priority: 'critical', at: T0 + 1 }),
      said({ priority: 'medium', at: T0 + 2 }),
      said({ priority: 'medium', level: 'HH', at: T0 + 3 }),
      said({ priority: 'low', state: 'inactive', at: T0 + 4 }),
    ]);
    expect(transitions.map(({ effect, priority, level }) => [effect, priority, level])).toEqual([
      ['raised', 'low', null],
      ['changed', 'critical', null],
      ['changed', 'critical', 'HH'],
      ['returned', 'critical', 'HH'],
    ]);
  });

  it('is neither raised nor cleared while its source cannot tell', () => {
    expect(run([said({ state: 'unknown' })])).toEqual([]);
    expect(effects(run([said({}), said({ state: 'unknown', at: T0 + 1 })]))).toEqual(['raised 0']);
    expect(effects(run([said({}), said({ state: 'unknown' }), standing(['tank-high'], T0 + 9)]))).toEqual(['raised 0']);
  });

  it('outlives a lost link, and returns when its source no longer reports it afterwards', () => {
    const link = (state: 'up' | 'down', at: number): LogEvent => ({ kind: 'source', source: 'ua', link: state, at });
    const other = said({ key: 'door-open' });
    const away = [said({}), other, link('down', T0 + 1_000), link('up', T0 + 4_000)];
    expect(effects(run(away))).toEqual(['raised 0', 'raised 0']);
    const back = run([...away, standing(['door-open'], T0 + 9_500), standing([], T0 + 9_600, 'another')]);
    expect(effects(back)).toEqual(['raised 0', 'raised 0', 'returned 9500']);
    expect(back[2]).toMatchObject({ alert: back[0]!.alert, note: 'the source no longer reports it' });
  });

  it('of a source that was taken from the plant is not open any more', () => {
    const engine = engineOf();
    run([said({})], engine);
    expect(engine.openAlerts.size).toBe(1);
    const kept = engineOf();
    kept.restore(engine.snapshot());
    expect(kept.openAlerts).toEqual(engine.openAlerts);
    const gone = engineOf(['another']);
    gone.restore(engine.snapshot());
    expect(gone.openAlerts.size).toBe(0);
    const ofAnotherKind = engineOf(['ua'], 'mqtt');
    ofAnotherKind.restore(engine.snapshot());
    expect(ofAnotherKind.openAlerts.size).toBe(0);
  });

  it('gives way to a new one when its source has as many as it may: first the oldest that returned', () => {
    const engine = engineOf(['ua', 'another']);
    const full = Array.from({ length: MAX_OPEN }, (_, i) => said({ key: `occurrence ${i}`, at: T0 + i }));
    const raised = run(full, engine);
    const end = (key: string, at: number) => said({ key, state: 'inactive', at });
    run([end('occurrence 8', T0 + 20_000), end('occurrence 7', T0 + 20_001), said({ key: 'occurrence 3' })], engine);
    const other = { ...said({}), source: 'another' } as LogEvent;
    const restored = engineOf(['ua', 'another']);
    restored.restore(JSON.parse(JSON.stringify(engine.snapshot())) as EngineSnapshot);
    const more = ['a', 'b', 'c'].map((key) => said({ key, at: T0 + 30_000 }));
    const transitions = run([other, ...more], engine);
    expect(run([other, ...more], restored)).toEqual(transitions);
    const cleared = transitions.filter(({ effect }) => effect === 'cleared');
    expect(cleared.map(({ alert }) => raised.findIndex((each) => each.alert === alert))).toEqual([8, 7, 0]);
    expect(cleared[0]).toMatchObject({
      at: T0 + 20_000,
      by: null,
      note: '10000 alerts of ua were open: the oldest gave way to a new one',
    });
    expect(transitions.filter(({ effect }) => effect === 'raised')).toHaveLength(4);
    expect(engine.openAlerts.size).toBe(MAX_OPEN + 1);
  });

  it('comes to the same, wherever the engine was stopped and restored in between', () => {
    const event = fc.oneof(
      fc
        .record({
          key: fc.constantFrom('a', 'b', 'c'),
          state: fc.constantFrom('active' as const, 'inactive' as const, 'unknown' as const),
          acknowledged: fc.constantFrom(null, elsewhere),
          priority: fc.constantFrom('low' as const, 'high' as const),
          at: fc.integer({ min: T0 - 50, max: T0 + 50 }),
        })
        .map(said),
      fc.subarray(['a', 'b', 'c']).map((keys) => standing(keys, T0 + 60)),
      fc.constant('acknowledge' as const),
    );
    const runs = Number(process.env['EXTERNAL_RUNS'] ?? 200);
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.nat(30), (events, cut) => {
        const whole = engineOf();
        let parted = engineOf();
        const open = new Map<string, string>();
        for (const [position, each] of events.entries()) {
          if (position === cut) {
            const saved = JSON.parse(JSON.stringify(parted.snapshot())) as EngineSnapshot;
            parted = engineOf();
            parted.restore(saved);
          }
          const next = each === 'acknowledge' ? acknowledge([...open.keys()][0] ?? 'none', T0 + 70) : each;
          const placed = { record: { kind: 'event', event: next }, position, end: position + 1 } as const;
          const { transitions } = whole.apply(placed, new Map());
          expect(parted.apply(placed, new Map()).transitions).toEqual(transitions);
          for (const { alert, effect, state } of transitions) {
            expect(open.has(alert)).toBe(effect !== 'raised');
            if (effect === 'cleared') open.delete(alert);
            else open.set(alert, state);
          }
          expect(whole.openAlerts).toEqual(new Set(open.keys()));
        }
      }),
      { numRuns: runs },
    );
  });
});
