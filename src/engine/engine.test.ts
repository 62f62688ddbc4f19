import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JudgedPlant, JudgedSource } from '../model/judged-plant.ts';
import type { LogRecord, PlacedRecord } from '../model/log-record.ts';
import type { Rule } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { place, readings, resume, ruleOf, T0, tagOf } from './testbench.ts';

const source: JudgedSource = {
  id: 'plc',
  kind: 'modbus',
  alertAfterMs: 5_000,
  priority: 'medium',
};

const limitOf = (rule: Partial<Rule>): Rule =>
  ruleOf({
    id: 'high',
    on: ['pump-1.vibration'],
    detect: 'limit',
    with: { high: 4.5, highHigh: 7.1, deadband: 0.2 },
    onDelayMs: 2_000,
    offDelayMs: 2_000,
    ...rule,
  });

function plantOf(rules: readonly Rule[]): JudgedPlant {
  const tags = ['pump-1.vibration', 'pump-1.speed', ...Array.from({ length: 20 }, (_, i) => `pump-1.t${i}`)].map(
    (name) => tagOf(name, { unit: 'mm/s', source: 'plc' }),
  );
  return { sources: [source], tags, rules };
}

const NAMES = new Map(plantOf([]).tags.map(({ name }, id) => [id, name]));
const ids = new Map([...NAMES].map(([id, name]) => [name, id]));

const reading = (tag: string, at: number, value: number, quality: 0 | 1 | 2 = 0) =>
  readings(at, [ids.get(tag)!, at, value, quality]);

const clock = (at: number): LogRecord => ({ kind: 'clock', at });
const link = (state: 'starting' | 'up' | 'down', at: number): LogRecord => ({
  kind: 'event',
  event: { kind: 'source', source: 'plc', link: state, at },
});
const up = link('up', T0 - 1);

function run(rules: readonly Rule[], records: readonly LogRecord[]): Transition[] {
  const engine = new Engine(compilePlan(plantOf(rules)), 'log');
  return place(records).flatMap((placed) => [...engine.apply(placed, NAMES).transitions]);
}

const effects = (transitions: readonly Transition[]) =>
  transitions.map(({ rule, effect, at }) => `${rule} ${effect} ${at - T0}`);

describe('the engine', () => {
  it('raises when the on-delay is over, also when only the clock tells', () => {
    const records = [up, reading('pump-1.vibration', T0, 5), clock(T0 + 1_000), clock(T0 + 2_600)];
    expect(effects(run([limitOf({})], records))).toEqual(['high raised 2000']);
  });

  it('counts delays in the time of a device whose clock is wrong', () => {
    const slow = reading('pump-1.vibration', T0 - 50_000, 5) as Extract<LogRecord, { kind: 'readings' }>;
    const records: LogRecord[] = [up, { ...slow, receivedAt: T0 }, clock(T0 + 1_900), clock(T0 + 2_100)];
    const [raised, ...rest] = run([limitOf({})], records);
    expect(rest).toEqual([]);
    expect(raised).toMatchObject({ effect: 'raised', at: T0 - 48_000 });
    expect(run([limitOf({})], records.slice(0, 3))).toEqual([]);
  });

  it('takes late sources up again at once when the own clock was ahead and is put right', () => {
    const plant = plantOf([limitOf({ onDelayMs: 0 })]);
    const late: JudgedPlant = { ...plant, sources: [{ ...source, latenessMs: 5_000 }] };
    const records = [
      up,
      reading('pump-1.vibration', T0 + 1, 2),
      clock(T0 + 3_600_000),
      clock(T0 + 2_000),
      reading('pump-1.vibration', T0 + 3_000, 5),
      clock(T0 + 9_000),
    ];
    const engine = new Engine(compilePlan(late), 'log');
    const transitions = place(records).flatMap((placed) => [...engine.apply(placed, NAMES).transitions]);
    expect(effects(transitions)).toEqual(['high raised 3000']);
    expect(engine.late).toBe(0);
  });

  it('ignores bad and uncertain readings, late ones and history', () => {
    const old = reading('pump-1.vibration', T0 - 3_600_000, 9) as Extract<LogRecord, { kind: 'readings' }>;
    const records = [
      up,
      reading('pump-1.vibration', T0, 2),
      reading('pump-1.vibration', T0 + 1, 9, 2),
      reading('pump-1.vibration', T0 + 2, 9, 1),
      reading('pump-1.vibration', T0 - 5, 9),
      { ...old, receivedAt: T0 },
      clock(T0 + 10_000),
    ];
    expect(run([limitOf({})], records)).toEqual([]);
  });

  it('does not judge a machine whose operating state is not met or not known', () => {
    const rule = limitOf({ when: 'tag("pump-1.speed") > 100.0' });
    const unknown = [up, reading('pump-1.vibration', T0, 9), clock(T0 + 5_000)];
    const off = [up, reading('pump-1.speed', T0 - 10, 0), reading('pump-1.vibration', T0, 9), clock(T0 + 5_000)];
    const on = [up, reading('pump-1.speed', T0 - 10, 1_450), reading('pump-1.vibration', T0, 9), clock(T0 + 5_000)];
    expect(run([rule], unknown)).toEqual([]);
    expect(run([rule], off)).toEqual([]);
    expect(effects(run([rule], on))).toEqual(['high raised 2000']);
  });

  it('makes of a lost link one communications alert and no stale one, however many tags are behind it', () => {
    const on = Array.from({ length: 20 }, (_, i) => `pump-1.t${i}`);
    const stale = limitOf({ id: 'stale', detect: 'stale', with: { after: 3_000 }, on, onDelayMs: 0 });
    const records: LogRecord[] = [up, ...on.map((tag) => reading(tag, T0, 1))];
    for (let s = 1; s <= 2; s++) records.push(clock(T0 + s * 1_000));
    records.push(link('down', T0 + 2_100));
    for (let s = 3; s <= 60; s++) records.push(clock(T0 + s * 1_000));
    records.push(link('up', T0 + 60_100));
    for (let s = 61; s <= 62; s++) records.push(clock(T0 + s * 1_000));
    for (const tag of on) records.push(reading(tag, T0 + 62_500, 1));
    for (let s = 63; s <= 68; s++)
      records.push(clock(T0 + s * 1_000), ...on.map((tag) => reading(tag, T0 + s * 1_000 + 1, 1)));
    expect(effects(run([stale], records))).toEqual(['communications raised 7100', 'communications returned 65100']);
  });

  it('says nothing about links while the service itself is only starting', () => {
    const records = [link('starting', T0), ...Array.from({ length: 60 }, (_, s) => clock(T0 + s * 1_000))];
    expect(run([], records)).toEqual([]);
  });

  it('tells a silent instrument behind a living link', () => {
    const stale = limitOf({ id: 'stale', detect: 'stale', with: { after: 3_000 }, on: ['pump-1.t0'], onDelayMs: 0 });
    const records: LogRecord[] = [up, reading('pump-1.t0', T0, 1)];
    for (let s = 1; s <= 6; s++) records.push(clock(T0 + s * 1_000));
    expect(run([stale], records).map(({ kind, effect }) => `${kind} ${effect}`)).toEqual(['instrument raised']);
  });

  it('parks a rule that fails and lets the others go on', () => {
    const plan = compilePlan(plantOf([limitOf({ id: 'broken' }), limitOf({})]));
    const step = (): never => {
      throw new Error('a mistake in a detector');
    };
    const watches = plan.watches.map((watch) =>
      watch.rule === 'broken' ? { ...watch, detector: { ...watch.detector, step } } : watch,
    );
    const engine = new Engine({ ...plan, watches }, 'log');
    const records = place([up, reading('pump-1.vibration', T0, 5), clock(T0 + 3_000)]);
    const transitions = records.flatMap((placed) => [...engine.apply(placed, NAMES).transitions]);
    expect(engine.parked).toEqual([{ rule: 'broken', tag: 'pump-1.vibration', reason: 'a mistake in a detector' }]);
    expect(transitions.map(({ rule }) => rule)).toEqual(['high']);
  });

  it('acknowledges once, and says when there is nothing to acknowledge', () => {
    const engine = new Engine(compilePlan(plantOf([limitOf({})])), 'log');
    const records = place([up, reading('pump-1.vibration', T0, 5), clock(T0 + 3_000)]);
    const alert = records.flatMap((placed) => [...engine.apply(placed, NAMES).transitions])[0]!.alert;
    const acknowledge = (commandId: string): PlacedRecord => ({
      position: 10,
      end: 11,
      record: { kind: 'event', event: { kind: 'acknowledge', commandId, alert, at: T0 + 4_000, by: 'Kim' } },
    });
    const first = engine.apply(acknowledge('1'), NAMES);
    expect(first.transitions).toMatchObject([{ effect: 'acknowledged', by: 'Kim', state: 'acknowledged', alert }]);
    expect(first.commands).toEqual([{ commandId: '1', outcome: 'done' }]);
    expect(engine.apply(acknowledge('2'), NAMES).commands).toEqual([{ commandId: '2', outcome: 'not active' }]);
  });

  it('acknowledges in the time of a device that is behind, and says when in ours', () => {
    const slow = (at: number, value: number): LogRecord => ({
      ...(reading('pump-1.vibration', at - 300_000, value) as Extract<LogRecord, { kind: 'readings' }>),
      receivedAt: at,
    });
    const rule = limitOf({ offDelayMs: 60_000 });
    const engine = new Engine(compilePlan(plantOf([rule])), 'log');
    const before = place([up, slow(T0, 5), clock(T0 + 3_000), slow(T0 + 4_000, 2)]);
    const [raised] = before.flatMap((placed) => [...engine.apply(placed, NAMES).transitions]);
    const { transitions } = engine.apply(
      {
        position: 10,
        end: 11,
        record: {
          kind: 'event',
          event: { kind: 'acknowledge', commandId: '1', alert: raised!.alert, at: T0 + 5_000, by: 'Kim' },
        },
      },
      NAMES,
    );
    expect(transitions).toMatchObject([{ effect: 'acknowledged', at: T0 + 5_000, state: 'acknowledged' }]);
  });

  it('runs the delays of absence in our time, whatever the device says', () => {
    const stale = limitOf({
      id: 'stale',
      detect: 'stale',
      with: { after: 3_000 },
      on: ['pump-1.t0'],
      onDelayMs: 0,
      offDelayMs: 60_000,
    });
    const fast = (at: number): LogRecord => ({
      ...(reading('pump-1.t0', at - 300_000, 1) as Extract<LogRecord, { kind: 'readings' }>),
      receivedAt: at,
    });
    const records: LogRecord[] = [up, fast(T0)];
    for (let s = 1; s <= 6; s++) records.push(clock(T0 + s * 1_000));
    for (let s = 7; s <= 30; s++) records.push(fast(T0 + s * 1_000 - 1), clock(T0 + s * 1_000));
    expect(run([stale], records).map(({ effect }) => effect)).toEqual(['raised']);
  });

  it('counts no delay for the time in which the service was away', () => {
    const away = [up, reading('pump-1.vibration', T0, 5), clock(T0 + 1_000), clock(T0 + 61_000), clock(T0 + 62_000)];
    expect(run([limitOf({})], away)).toEqual([]);
    const goesOn = [...away, reading('pump-1.vibration', T0 + 62_500, 5), clock(T0 + 63_000), clock(T0 + 64_000)];
    expect(effects(run([limitOf({})], goesOn))).toEqual(['high raised 63500']); // 1 s before, 1 s after
    const over = [...away, reading('pump-1.vibration', T0 + 62_500, 2), clock(T0 + 70_000)];
    expect(run([limitOf({})], over)).toEqual([]);
    const broken = [
      up,
      link('down', T0),
      clock(T0 + 1_000),
      link('starting', T0 + 61_000),
      link('up', T0 + 62_000),
      clock(T0 + 70_000),
    ];
    expect(run([], broken)).toEqual([]);
  });

  it('knows which alerts it has open; a rule that was changed has let go of its own', () => {
    const before = new Engine(compilePlan(plantOf([limitOf({})])), 'log');
    const records = place([up, reading('pump-1.vibration', T0, 5), clock(T0 + 3_000)]);
    const raised = records.flatMap((placed) => [...before.apply(placed, NAMES).transitions]);
    expect([...before.openAlerts]).toEqual([raised[0]!.alert]);
    const same = new Engine(compilePlan(plantOf([limitOf({})])), 'log');
    same.restore(before.snapshot());
    expect(same.openAlerts).toEqual(before.openAlerts);
    const changed = new Engine(compilePlan(plantOf([limitOf({ with: { high: 4 } })])), 'log');
    changed.restore(before.snapshot());
    expect(changed.openAlerts.size).toBe(0);
  });

  it('finds the same whether or not it was stopped and restored anywhere, through JSON', () => {
    const rules = [
      limitOf({ when: 'tag("pump-1.speed") > 100.0' }),
      limitOf({ id: 'stale', detect: 'stale', with: { after: 3_000 }, onDelayMs: 0 }),
      limitOf({ id: 'flat', detect: 'flatline', with: { for: 4_000, tolerance: 0, minReadings: 3 } }),
    ];
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('value'),
          value: fc.constantFrom(2, 4.4, 4.6, 5, 8),
          quality: fc.constantFrom(0, 0, 0, 1, 2),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('speed'), value: fc.constantFrom(0, 1_450), quality: fc.constant(0) }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('clock'), value: fc.constant(0), quality: fc.constant(0) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constantFrom('up', 'down', 'starting'),
          value: fc.constant(0),
          quality: fc.constant(0),
        }),
      },
    );
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 80 }),
        fc.array(fc.nat(), { maxLength: 4 }),
        (steps, cuts) => {
          let at = T0;
          const records = steps.map(({ kind, value, quality }): LogRecord => {
            at += 400;
            if (kind === 'value') return reading('pump-1.vibration', at, value, quality as 0 | 1 | 2);
            if (kind === 'speed') return reading('pump-1.speed', at, value);
            return kind === 'clock' ? clock(at) : link(kind as 'up', at);
          });
          const straight = run(rules, records);
          const stops = new Set(cuts.map((cut) => cut % records.length));
          let engine = new Engine(compilePlan(plantOf(rules)), 'log');
          const interrupted: Transition[] = [];
          for (const placed of place(records)) {
            if (stops.has(placed.position)) {
              engine = resume(engine, new Engine(compilePlan(plantOf(rules)), 'log'));
            }
            interrupted.push(...engine.apply(placed, NAMES).transitions);
          }
          expect(interrupted).toEqual(straight);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('finds the same alerts with any history in between as without', () => {
    const rules = [
      limitOf({ onDelayMs: 500, offDelayMs: 500 }),
      limitOf({ id: 'when', when: 'tag("pump-1.speed") > 100.0', onDelayMs: 0, offDelayMs: 0 }),
      limitOf({ id: 'stale', detect: 'stale', with: { after: 3_000 }, onDelayMs: 0 }),
      limitOf({ id: 'flat', detect: 'flatline', with: { for: 4_000, tolerance: 0, minReadings: 3 } }),
    ];
    const live = fc.record({
      kind: fc.constantFrom('value', 'value', 'value', 'speed', 'clock', 'clock', 'up', 'down'),
      pauseMs: fc.constantFrom(400, 400, 400, 3_000, 12_000),
      value: fc.constantFrom(2, 4.6, 5, 8),
    });
    const history = fc.record({
      before: fc.nat({ max: 60 }),
      tag: fc.constantFrom('pump-1.vibration', 'pump-1.speed'),
      ageMs: fc.integer({ min: -30_000, max: 700_000 }),
      value: fc.constantFrom(0, 2, 9, 1_450),
      bits: fc.constantFrom(4, 5, 6),
    });
    fc.assert(
      fc.property(
        fc.array(live, { minLength: 5, maxLength: 60 }),
        fc.array(history, { maxLength: 20 }),
        (steps, past) => {
          let now = T0;
          const without: LogRecord[] = [];
          const withHistory: LogRecord[] = [];
          for (const [i, { kind, pauseMs, value }] of steps.entries()) {
            for (const { before, ...old } of past) {
              if (before !== i) continue;
              const record = reading(old.tag, now + pauseMs / 2 - old.ageMs, old.value);
              if (record.kind !== 'readings') continue;
              const batch = { ...record.batch, quality: Uint8Array.of(old.bits) };
              withHistory.push({ ...record, receivedAt: now + pauseMs / 2, batch });
            }
            now += pauseMs;
            const record =
              kind === 'value'
                ? reading('pump-1.vibration', now, value)
                : kind === 'speed'
                  ? reading('pump-1.speed', now, value * 100)
                  : kind === 'clock'
                    ? clock(now)
                    : link(kind as 'up' | 'down', now);
            without.push(record);
            withHistory.push(record);
          }
          const found = (records: readonly LogRecord[]) => run(rules, records).map(({ position: _, ...rest }) => rest);
          expect(found(withHistory)).toEqual(found(without));
        },
      ),
      { numRuns: 500 },
    );
  });
});
