import { describe, expect, it } from 'vitest';
import type { Subject } from '../detector.ts';
import { seeded } from '../math/seeded.ts';
import { type AutoState, auto } from './index.ts';
import { findHalting } from './standing.ts';
import { fitToEnd } from './watch.ts';

const inputs = [
  { tag: 'pump-1.flow', unit: 'm3/h' },
  { tag: 'pump-1.current', unit: 'A' },
  { tag: 'pump-1.pressure', unit: 'bar' },
  { tag: 'pump-1.temperature', unit: 'Cel' },
  { tag: 'pump-1.voltage', unit: 'V' },
];
const subject: Subject = { ...inputs[0]!, inputs };
const config = { learn: 400, every: 0 };

interface Run {
  /** Readings at which it stands. */
  readonly stops?: readonly (readonly [from: number, to: number])[];
  /** What the machine shows at a reading instead. */
  readonly faulty?: (reading: number, row: Float64Array) => Float64Array;
  readonly readings?: number;
  readonly state?: AutoState;
}

/** A pump whose motor cools down while it stands and is warm again within some 40 readings; what `auto` says of each reading. */
function run({ stops = [], faulty = (_, row) => row, readings = 1_600, state = auto.init(config) }: Run) {
  const { normal } = seeded(21);
  let warmth = 40;
  return Array.from({ length: readings }, (_, reading) => {
    const runs = stops.some(([from, to]) => reading >= from && reading < to) ? 0 : 1;
    warmth += (40 * runs - warmth) / 8;
    const row = Float64Array.of(
      30 * runs + 0.3 * normal(),
      12 * runs + 0.1 * normal(),
      4 * runs + 0.05 * normal(),
      20 + warmth + 0.5 * normal(),
      400 + normal(),
    );
    const verdict = auto.step(state, reading * 1_000, faulty(reading, row), config, subject);
    fitToEnd(state.watch);
    return verdict.state;
  });
}

const STOPS = [
  [700, 790],
  [1_000, 1_010],
] as const;

describe('auto', () => {
  it('says nothing of a machine that stands and of one that starts, though it saw neither while it learnt', () => {
    const said = run({ stops: STOPS });
    expect(said).not.toContain('abnormal');
    expect(said.slice(700, 790).every((state) => state === 'unknown')).toBe(true);
    expect(said.slice(860, 1_000).every((state) => state === 'normal')).toBe(true);
  });

  it('finds after a stop what it would have found without', () => {
    const warmer = (reading: number, row: Float64Array) => (reading >= 1_300 ? row.with(3, row[3]! + 6) : row);
    const [stopped, steady] = [run({ stops: STOPS, faulty: warmer }), run({ faulty: warmer })];
    expect(stopped.indexOf('abnormal')).toBeGreaterThanOrEqual(1_300);
    expect(Math.abs(stopped.indexOf('abnormal') - steady.indexOf('abnormal'))).toBeLessThan(5);
  });

  it('does not take a pump that runs dry for one that stands', () => {
    const dry = (reading: number, row: Float64Array) =>
      reading >= 1_300 ? Float64Array.of(0, 5, 0, row[3]!, 400) : row;
    const said = run({ faulty: dry });
    expect(said.indexOf('abnormal')).toBeGreaterThanOrEqual(1_300);
    expect(said.indexOf('abnormal')).toBeLessThan(1_320);
    expect(said.at(-1)).toBe('abnormal');
  });

  it('finds what is wrong from the start on', () => {
    const worn = (reading: number, row: Float64Array) => (reading >= 1_040 ? row.with(1, 1.3 * row[1]!) : row);
    const first = run({ stops: [[1_000, 1_040]], faulty: worn }).indexOf('abnormal');
    expect(first).toBeGreaterThan(1_040);
    expect(first).toBeLessThan(1_120);
  });

  it.each([
    { period: 60, standing: 4, least: 790 },
    { period: 96, standing: 32, least: 700 },
  ])(
    'finds what is wrong in a machine that stands $standing of every $period readings',
    ({ period, standing, least }) => {
      const stops = Array.from({ length: 30 }, (_, i) => [1_020 + i * period, 1_020 + i * period + standing] as const);
      const hot = (reading: number, row: Float64Array) => (reading >= 1_500 ? row.with(3, row[3]! + 40) : row);
      const said = run({ stops, faulty: hot, readings: 2_800 });
      expect(said.indexOf('abnormal')).toBeGreaterThanOrEqual(1_500);
      expect(said.filter((state) => state === 'abnormal').length).toBeGreaterThan(least);
    },
  );

  it('keeps an alarm over a stop, and ends it when the machine runs well after', () => {
    const state = auto.init(config);
    const warmer = (reading: number, row: Float64Array) =>
      reading >= 800 && reading < 1_000 ? row.with(3, row[3]! + 6) : row;
    const said = run({ stops: [[1_000, 1_040]], faulty: warmer, state });
    expect(said[999]).toBe('abnormal');
    expect(said.slice(1_000, 1_040).every((each) => each === 'unknown')).toBe(true);
    expect(said.at(-1)).toBe('normal');
  });

  it('judges a stop as any other change in a state of an earlier version', () => {
    const state = auto.init(config);
    run({ readings: 500, state });
    const { halts: _, ...model } = state.watch.model!;
    expect(run({ stops: [[0, 100]], readings: 100, state: { ...state, watch: { ...state.watch, model } } })).toContain(
      'abnormal',
    );
  });
});

describe('what comes to nothing when a machine stops', () => {
  it('is what is near its middle or near nothing, and hardly ever between', () => {
    const rows = Array.from({ length: 400 }, (_, i) => {
      const runs = i % 100 < 90 ? 1 : 0;
      return Float64Array.of(30 * runs, 50 + 50 * Math.sin(i / 9), Math.sin(i), 7);
    });
    expect(findHalting(rows, [30, 50, 0, 7], [1, 20, 1, 0])).toEqual([true, false, false, false]);
  });
});
