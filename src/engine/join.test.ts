import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Detector } from '../../rules/detector.ts';
import { NORMAL } from '../../rules/verdict.ts';
import type { JudgedPlant } from '../model/judged-plant.ts';
import type { LogRecord } from '../model/log-record.ts';
import { compilePlan } from './compile.ts';
import { Engine } from './engine.ts';
import { place, type Row, readings, resume, ruleOf, T0, tagOf } from './testbench.ts';

const TAGS = ['pump.flow', 'pump.pressure', 'pump.power'];
const NAMES = new Map(TAGS.map((name, id) => [id, name]));

const plant: JudgedPlant = {
  sources: [],
  tags: TAGS.map((name) => tagOf(name)),
  rules: [ruleOf({ id: 'together', on: TAGS, detect: 'together', toleranceMs: 2_000, priority: 'low' })],
};

/** An engine whose only detector writes down what it is given. */
function listening() {
  const heard: (number | null)[][] = [];
  const together: Detector = {
    kind: 'together',
    about: 'machine',
    joins: true,
    config: Type.Object({}),
    init: () => ({}),
    step: (_state, at, inputs) => {
      heard.push([at - T0, ...Array.from(inputs, (value) => (Number.isNaN(value) ? null : value))]);
      return NORMAL;
    },
  };
  const create = () =>
    new Engine(
      compilePlan(plant, () => together),
      'log',
    );
  return { heard, create };
}

const batch = (...rows: readonly Row[]) =>
  readings(T0 + Math.max(...rows.map(([, at]) => at)), ...rows.map(([tag, at, value]): Row => [tag, T0 + at, value]));
const clock = (at: number): LogRecord => ({ kind: 'clock', at: T0 + at });

function hear(records: readonly LogRecord[]): (number | null)[][] {
  const { heard, create } = listening();
  const engine = create();
  for (const placed of place(records)) engine.apply(placed, NAMES);
  return heard;
}

describe('tags that are judged together', () => {
  const scans: readonly Row[] = [0, 1_000, 2_000].flatMap((at): Row[] => [
    [0, at, at + 1],
    [1, at + 3, at + 2],
    [2, at + 7, at + 3],
  ]);

  it('are judged once a scan, at the time of its newest reading', () => {
    expect(hear([batch(...scans)])).toEqual([
      [7, 1, 2, 3],
      [1_007, 1_001, 1_002, 1_003],
      [2_007, 2_001, 2_002, 2_003],
    ]);
  });

  it('are judged the same however the readings are cut into batches', () => {
    const whole = hear([batch(...scans)]);
    expect(hear(scans.map((row) => batch(row)))).toEqual(whole);
    expect(hear([batch(...scans.slice(0, 4)), batch(...scans.slice(4))])).toEqual(whole);
  });

  it('do without a tag that has given nothing within the tolerance', () => {
    const rows: Row[] = [
      [0, 0, 1],
      [1, 0, 2],
      [2, 0, 3],
      [0, 1_900, 4],
      [1, 1_900, 5],
      [0, 3_800, 6],
      [1, 3_800, 7],
    ];
    expect(hear([batch(...rows), clock(9_000)])).toEqual([
      [0, 1, 2, 3],
      [1_900, 4, 5, 3],
      [3_800, 6, 7, null],
    ]);
  });

  it('are judged at their own time after a reading that was dated ahead', () => {
    const records = [batch([0, 50_000, 1]), clock(51_000), batch([1, 1_000, 2], [2, 1_000, 3]), clock(52_100)];
    expect(hear(records)).toEqual([
      [50_000, 1, null, null],
      [1_000, null, 2, 3],
    ]);
  });

  it('do not wait for ever for the tag that comes late', () => {
    expect(hear([batch([0, 0, 1]), clock(500)])).toEqual([]);
    expect(hear([batch([0, 0, 1]), clock(1_000)])).toEqual([[0, 1, null, null]]);
  });

  it('go on where they stood after a restart in the middle of a scan', () => {
    const records = place([...scans.map((row) => batch(row)), clock(9_000)]);
    for (let cut = 0; cut <= records.length; cut++) {
      const { heard, create } = listening();
      let engine = create();
      for (const placed of records) {
        if (placed.position === cut) {
          engine = resume(engine, create());
        }
        engine.apply(placed, NAMES);
      }
      expect(heard).toEqual(hear(records.map(({ record }) => record)));
    }
  });
});
