import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { LogRecord, PlacedRecord } from '../model/log-record.ts';
import type { Rule } from '../model/plant.ts';
import type { Reading } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import type { EngineSnapshot } from './snapshot.ts';
import { type Row, readings, resume, ruleOf, T0, tagOf } from './testbench.ts';

const MEASURED = ['pump.in', 'pump.out', 'pump.flow'];
/** Numbers of the log's dictionary; the last is a derived tag that comes back from the log. */
const NAMES = new Map([...MEASURED, 'pump.head'].map((name, id) => [id, name]));

const HEAD = 'tag("pump.out") - tag("pump.in")';

function plantOf(
  derived: Readonly<Record<string, string>>,
  rules: readonly (Partial<Rule> & Pick<Rule, 'id' | 'on'>)[] = [],
): JudgedPlant {
  const computed = Object.entries(derived).map(([name, value]) => ({
    ...tagOf(name),
    derived: { value, toleranceMs: 10_000 },
  }));
  return {
    sources: [],
    tags: [...MEASURED.map((name) => tagOf(name)), ...computed],
    rules: rules.map((rule) => ruleOf({ detect: 'limit', with: { high: 5, deadband: 0 }, ...rule })),
  };
}

/** Readings that arrive together, `second` after T0 unless they say otherwise. */
function arrive(
  second: number,
  ...rows: readonly (readonly [tag: string, value: number, quality?: number, at?: number])[]
): LogRecord {
  const ids = new Map([...NAMES].map(([id, name]) => [name, id]));
  return readings(
    T0 + second * 1_000,
    ...rows.map(([tag, value, quality = 0, at = second]): Row => [ids.get(tag)!, T0 + at * 1_000, value, quality]),
  );
}

const tick = (second: number): LogRecord => ({ kind: 'clock', at: T0 + second * 1_000 });

interface Run {
  readonly readings: Reading[];
  readonly transitions: Transition[];
  readonly engine: Engine;
}

/** Runs records, with a restart through JSON before those at `restarts`. */
function run(plant: JudgedPlant, records: readonly LogRecord[], restarts: readonly number[] = []): Run {
  let engine = new Engine(compilePlan(plant), 'log');
  const readings: Reading[] = [];
  const transitions: Transition[] = [];
  for (const [position, record] of records.entries()) {
    if (restarts.includes(position)) {
      engine = resume(engine, new Engine(compilePlan(plant), 'log'));
    }
    const placed: PlacedRecord = { record, position, end: position + 1 };
    const evaluation = engine.apply(placed, NAMES);
    readings.push(...evaluation.readings);
    transitions.push(...evaluation.transitions);
  }
  return { readings, transitions, engine };
}

const said = (readings: readonly Reading[]) =>
  readings.map(({ tag, at, value, quality }) => `${tag} ${(at - T0) / 1_000}s ${value} ${quality}`);

describe('a derived tag', () => {
  it('is computed from readings of one time, at the time of the newest, and judged at once', () => {
    const plant = plantOf({ 'pump.head': HEAD }, [{ id: 'head-high', on: ['pump.head'] }]);
    const records = [
      arrive(1, ['pump.in', 1], ['pump.out', 3, 0, 1.2]),
      arrive(2, ['pump.in', 1]),
      arrive(2.1, ['pump.out', 7]),
    ];
    const { readings, transitions } = run(plant, records);
    expect(said(readings)).toEqual(['pump.head 1.2s 2 good', 'pump.head 2.1s 6 good']);
    expect(transitions.map(({ rule, effect, tag, at }) => [rule, effect, tag, at - T0])).toEqual([
      ['head-high', 'raised', 'pump.head', 2_100],
    ]);
  });

  it.each([
    ['bad', 2, null],
    ['uncertain', 1, 2],
  ])('is %s where something that it needs is', (quality, bits, value) => {
    const plant = plantOf({ 'pump.head': HEAD }, [{ id: 'low', on: ['pump.head'], with: { high: 1, deadband: 0 } }]);
    const { readings, transitions } = run(plant, [arrive(1, ['pump.in', 1, bits], ['pump.out', 3])]);
    expect(readings).toEqual([{ tag: 'pump.head', at: T0 + 1_000, value, quality }]);
    expect(transitions).toEqual([]); // neither raises
  });

  it.each([
    ['a division by nothing', 'int(tag("pump.out")) / int(tag("pump.in"))'],
    ['a result that is no number', 'tag("pump.out") / tag("pump.in")'],
    ['a window that is not known yet', 'tag("pump.out") + tag("pump.in") + avg("pump.flow", 10m)'],
  ])('is bad and has no value after %s', (_, value) => {
    const { readings } = run(plantOf({ 'pump.head': value }), [
      arrive(1, ['pump.in', 0], ['pump.out', 3], ['pump.flow', 1]),
      tick(4),
    ]);
    expect(said(readings)).toEqual(['pump.head 1s null bad']);
  });

  it('is missing what is farther off than the tolerance, and does without it after a while', () => {
    const { readings } = run(plantOf({ 'pump.head': HEAD }), [
      arrive(1, ['pump.in', 1], ['pump.out', 3]),
      arrive(8, ['pump.out', 4]),
      tick(8.5),
      tick(9),
      arrive(15, ['pump.out', 5]),
      tick(16),
    ]);
    expect(said(readings)).toEqual(['pump.head 1s 2 good', 'pump.head 8s 3 good', 'pump.head 15s null bad']);
  });

  it('may be computed from others, in whatever order they are written', () => {
    const plant = plantOf({
      'pump.power': 'tag(".head") * tag(".flow")',
      'pump.head': HEAD,
      'pump.doubled': '2.0 * tag("pump.power")',
    });
    const { readings } = run(plant, [arrive(1, ['pump.flow', 10], ['pump.in', 1], ['pump.out', 3])]);
    expect(said(readings)).toEqual(['pump.head 1s 2 good', 'pump.power 1s 20 good', 'pump.doubled 1s 40 good']);
  });

  it('knows qualities, whatever they are', () => {
    const plant = plantOf({ 'pump.head': 'quality("pump.in") == "good" ? 1 : 0' });
    const { readings } = run(plant, [arrive(1, ['pump.in', 1]), arrive(2, ['pump.in', 1, 2])]);
    expect(said(readings)).toEqual(['pump.head 1s 1 good', 'pump.head 2s 0 good']);
  });

  it('is not judged again when it comes back from the log', () => {
    const plant = plantOf({ 'pump.head': HEAD }, [{ id: 'head-high', on: ['pump.head'] }]);
    const records = [
      arrive(1, ['pump.in', 1], ['pump.out', 3]),
      arrive(1.1, ['pump.head', 2, 0, 1]),
      arrive(3, ['pump.head', 99]),
    ];
    const { readings, transitions, engine } = run(plant, records);
    expect(said(readings)).toEqual(['pump.head 1s 2 good']);
    expect(transitions).toEqual([]);
    expect(engine.late).toBe(0);
  });

  it('that fails gives bad readings, says why once, and harms no other', () => {
    const plant = plantOf({
      'pump.head': 'timestamp(int(tag("pump.in"))).getHours("No" + "where")',
      'pump.twice': '2 * tag("pump.in")',
    });
    const { readings, engine } = run(plant, [arrive(1, ['pump.in', 1]), arrive(2, ['pump.in', 2])]);
    expect(said(readings)).toEqual([
      'pump.head 1s null bad',
      'pump.twice 1s 2 good',
      'pump.head 2s null bad',
      'pump.twice 2s 4 good',
    ]);
    expect(engine.parked).toEqual([
      { rule: 'derived pump.head', tag: 'pump.head', reason: 'Invalid time zone specified: Nowhere' },
    ]);
  });

  it('that failed is still off after a restart, and says so again', () => {
    const plant = plantOf({ 'pump.head': 'tag("pump.in") > 5.0 ? timestamp(0).getHours("No" + "where") : 1' });
    const records = [1, 6, 1, 1].map((value, second) => arrive(second, ['pump.in', value]));
    const straight = run(plant, records);
    const stopped = run(plant, records, [2]);
    expect(said(straight.readings)).toEqual(
      [0, 1, 2, 3].map((s) => `pump.head ${s}s ${s < 1 ? '1 good' : 'null bad'}`),
    );
    expect(stopped.readings).toEqual(straight.readings);
    expect(stopped.engine.parked).toEqual(straight.engine.parked);
  });

  it('that failed is tried again, less and less often, and gives values again when it can', () => {
    const plant = plantOf({ 'pump.head': 'tag("pump.in") > 5.0 ? timestamp(0).getHours("No" + "where") : 1' });
    const values = [6, 1, 6, 1, 1, 6];
    const seconds = [0, 59, 60, 179, 180, 181]; // it fails twice, so the second pause is twice as long
    const records = seconds.map((second, i) => arrive(second, ['pump.in', values[i]!]));
    const straight = run(plant, records);
    expect(said(straight.readings)).toEqual([
      'pump.head 0s null bad',
      'pump.head 59s null bad',
      'pump.head 60s null bad',
      'pump.head 179s null bad',
      'pump.head 180s 1 good',
      'pump.head 181s null bad',
    ]);
    expect(straight.engine.parked).toMatchObject([{ rule: 'derived pump.head' }]);
    for (const stops of [[1], [3, 4], [5]]) expect(run(plant, records, stops).readings).toEqual(straight.readings);
    expect(run(plant, records.slice(0, 5)).engine.parked).toEqual([]);
  });

  it('is in doubt while an instrument that it is computed from is', () => {
    const plant = plantOf({ 'pump.head': HEAD }, [
      { id: 'head-high', on: ['pump.head'] },
      { id: 'impossible', on: ['pump.out'], detect: 'range', with: { low: 0, high: 50, margin: 0, for: 0 } },
    ]);
    const { transitions } = run(plant, [arrive(1, ['pump.in', 1], ['pump.out', 99])]);
    expect(transitions.map(({ rule, effect }) => [rule, effect])).toEqual([['impossible', 'raised']]);
  });

  it('makes a rule on it start afresh when its formula was changed', () => {
    const rule = { id: 'head-high', on: ['pump.head'] };
    const before = new Engine(compilePlan(plantOf({ 'pump.head': HEAD }, [rule])), 'log');
    before.apply({ record: arrive(1, ['pump.in', 1], ['pump.out', 9]), position: 0, end: 1 }, NAMES);
    expect(before.openAlerts.size).toBe(1);
    const after = new Engine(compilePlan(plantOf({ 'pump.head': `${HEAD} - 1.0` }, [rule])), 'log');
    after.restore(JSON.parse(JSON.stringify(before.snapshot())) as EngineSnapshot);
    expect([...after.letGo.values()]).toEqual(['the rule head-high was changed']);
  });
});

describe('derived tags, wherever the engine is stopped and however the log is cut', () => {
  const plant = plantOf(
    {
      'pump.head': HEAD,
      'pump.power': 'tag("pump.head") * tag("pump.flow") + avg("pump.flow", 10s)',
      'pump.fails': 'tag("pump.flow") > 8.0 ? timestamp(0).getHours("No" + "where") : 1',
    },
    [
      { id: 'head-high', on: ['pump.head'] },
      { id: 'power-high', on: ['pump.power'], onDelayMs: 2_000 },
    ],
  );
  const row = fc.tuple(
    fc.constantFrom(...MEASURED),
    fc.integer({ min: 0, max: 9 }),
    fc.constantFrom(0, 0, 0, 0, 1, 2),
    fc.integer({ min: -3, max: 3 }),
  );
  const seconds = fc.array(fc.array(row, { maxLength: 4 }), { minLength: 5, maxLength: 40 });

  it('are the same readings, and the same alerts', () => {
    fc.assert(
      fc.property(seconds, fc.array(fc.nat(100), { maxLength: 4 }), (stream, restarts) => {
        const records = stream.flatMap((rows, second): LogRecord[] => {
          const placed = rows.map(([tag, value, quality, off]) => [tag, value, quality, second + off / 10] as const);
          return [arrive(second, ...placed), tick(second + 0.5)];
        });
        const apart = stream.flatMap((rows, second): LogRecord[] => [
          ...rows.map(([tag, value, quality, off]) => arrive(second, [tag, value, quality, second + off / 10])),
          tick(second + 0.5),
        ]);
        const straight = run(plant, records);
        const stopped = run(plant, records, restarts);
        expect(stopped.readings).toEqual(straight.readings);
        expect(stopped.transitions).toEqual(straight.transitions);
        expect(run(plant, apart).readings).toEqual(straight.readings);
        const keys = straight.readings.map(({ tag, at }) => `${tag} ${at}`);
        expect(new Set(keys).size).toBe(keys.length); // no time twice: the database would drop the second
      }),
      { numRuns: Number(process.env['ENGINE_RUNS'] ?? 60) },
    );
  });
});
