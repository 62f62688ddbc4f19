import { describe, expect, it } from 'vitest';
import type { Subject, Verdict } from '../detector.ts';
import { seeded } from '../math/seeded.ts';
import { drawDetector } from '../picture.ts';
import { type AutoState, auto } from './index.ts';
import { type Lags, offsetOf, startLags, takeOffLags } from './lag.ts';
import { foundLags, searchOn, startLagSearch } from './learn-lag.ts';
import type { Side } from './sides.ts';

const MINUTE_MS = 60_000;
const STEP_MS = 5 * MINUTE_MS;
const SIDES: readonly Side[] = ['both', 'none', 'none'];

/** Oil of a gearbox: 0.4 K a percent of load over 14 K over the air, with a time constant of 80 min. */
const OIL = { lagMs: 80 * MINUTE_MS, idle: 14, perLoad: 0.4 };

interface Work {
  readonly seed?: number;
  /** Readings in which it runs, of each day of 288. */
  readonly runs?: number;
  readonly sigma?: number;
  readonly warmer?: (reading: number) => number;
}

/** Rows of a machine that gets another load every few hours: oil, load, air. It is as warm as the air at the start of each day. */
function gearbox({ seed = 1, runs = 216, sigma = 0.1, warmer = () => 0 }: Work, readings: number) {
  const { normal, uniform } = seeded(seed);
  const rows: Float64Array[] = [];
  const times: number[] = [];
  let [oil, load, until] = [20, 60, 0];
  for (let reading = 0; rows.length < readings; reading++) {
    if (reading >= until) [load, until] = [45 + 30 * uniform(), reading + 12 + Math.floor(36 * uniform())];
    const air = 20 + 3 * Math.sin((2 * Math.PI * reading) / 288);
    const isOn = reading % 288 < runs;
    if (reading % 288 === 0) oil = air;
    if (!isOn) continue;
    const target = air + OIL.idle + OIL.perLoad * load + warmer(rows.length);
    oil = target + (oil - target) * Math.exp(-STEP_MS / OIL.lagMs);
    rows.push(Float64Array.of(oil + sigma * normal(), load, air));
    times.push(reading * STEP_MS);
  }
  return { rows, times };
}

const learn = (work: Work) => search(gearbox(work, 800));

/** What a whole search finds. */
function search(kept: { rows: readonly Float64Array[]; times: readonly number[] }, sides = SIDES): Lags | null {
  const learnt = { ...kept, folds: 8 };
  const begun = startLagSearch(learnt, sides);
  if (begun === null) return null;
  while (!searchOn(begun, learnt));
  return foundLags(begun, 8)?.whole ?? null;
}

describe('a lag', () => {
  it('is found with the time constant and the weights that the machine has', () => {
    const lag = learn({ sigma: 0.02 })!.of[0]!;
    expect(lag.lagMs).toBe(16 * STEP_MS);
    expect(lag.weights[1]).toBeCloseTo(OIL.perLoad, 2);
    expect(lag.weights[2]).toBeCloseTo(1, 1);
    const at60 = lag.weights[0]! + lag.weights[1]! * 60 + lag.weights[2]! * 20;
    expect(at60).toBeCloseTo(20 + OIL.idle + OIL.perLoad * 60, 0);
  });

  it('is found though one reading of a hundred is nonsense', () => {
    const { rows, times } = gearbox({}, 800);
    for (let i = 50; i < rows.length; i += 100) rows[i]![0] = 3_276.7;
    expect(search({ rows, times })!.of[0]!.lagMs).toBe(16 * STEP_MS);
  });

  it('is not taken from what follows at once', () => {
    const { rows, times } = gearbox({}, 800);
    const { normal } = seeded(3);
    for (const row of rows) row[0] = 10 + 0.5 * row[1]! + 0.3 * normal();
    expect(search({ rows, times })).toBeNull();
  });

  it('is not taken from a machine that runs for less than its time constant, which would hide every fault in its starts', () => {
    expect(learn({ runs: 8 })).toBeNull();
  });

  it('is not looked for where no tag explains', () => {
    expect(search(gearbox({}, 800), ['both', 'both', 'both'])).toBeNull();
  });

  it('is looked for in pieces that take no longer for more tags, and not at all where there would be too many', () => {
    const wide = (tags: number, given: number) => {
      const { rows, times } = gearbox({}, 480);
      const { normal } = seeded(2);
      const wider = rows.map(([oil, load]) =>
        Float64Array.from({ length: tags }, (_, i) => (i < tags - given ? oil! : load!) + normal()),
      );
      const sides = Array.from({ length: tags }, (_, i): Side => (i < tags - given ? 'both' : 'none'));
      const learnt = { rows: wider, times, folds: 8 };
      const begun = startLagSearch(learnt, sides);
      if (begun === null) return null;
      let pieces = 1;
      while (!searchOn(begun, learnt)) pieces++;
      return pieces;
    };
    expect(wide(3, 1)).toBe(1);
    expect(wide(20, 3)).toBeGreaterThan(5);
    expect(wide(100, 50)).toBeNull();
  });

  it('goes the way of a first-order step response', () => {
    const lags = started();
    for (let i = 0; i <= 17; i++) takeOffLags(lags, i * STEP_MS, Float64Array.of(20, 60, 20));
    const passed = (16 * STEP_MS) / OIL.lagMs;
    expect(offsetOf(lags, 0) + MIDDLE).toBeCloseTo(58 - 38 * Math.exp(-passed), 9);
  });

  it('begins anew after a stop from what the channel then has, and not from one wild reading', () => {
    const lags = started();
    for (let i = 0; i < 30; i++) takeOffLags(lags, i * STEP_MS, Float64Array.of(58, 60, 20));
    const later = 200 * STEP_MS;
    const first = [25, 3_276.7, 25].map((value, i) =>
      takeOffLags(lags, later + i * STEP_MS, Float64Array.of(value, 60, 20)),
    );
    expect(first[0]![0]).toBeNaN();
    expect(Math.abs(first[2]![0]! - MIDDLE)).toBeLessThan(3); // a step of the way up
  });

  it('says nothing of its channel while what explains it is missing, and leaves the others as they are', () => {
    const lags = started();
    for (let i = 0; i < 5; i++) takeOffLags(lags, i * STEP_MS, Float64Array.of(58, 60, 20));
    const row = takeOffLags(lags, 5 * STEP_MS, Float64Array.of(58, Number.NaN, 20));
    expect([...row]).toEqual([Number.NaN, Number.NaN, 20]);
  });
});

const MIDDLE = 55;

function started(): Lags {
  const weights = [OIL.idle, OIL.perLoad, 1];
  return startLags({
    given: [1, 2],
    of: [{ lagMs: OIL.lagMs, weights }, null, null],
    middle: [MIDDLE, 60, 20],
    usualMs: STEP_MS,
  });
}

const subject: Subject = {
  tag: 'gearbox-1.oil',
  unit: 'Cel',
  timezone: 'UTC',
  inputs: [
    { tag: 'gearbox-1.oil', unit: 'Cel' },
    { tag: 'gearbox-1.load', unit: '%', isGiven: true },
    { tag: 'hall.air', unit: 'Cel', isGiven: true },
  ],
};
const config = { learn: 800, every: 0 };

function run(state: AutoState, work: Work, readings: number): Verdict[] {
  const { rows, times } = gearbox(work, readings);
  return rows.map((row, i) => auto.step(state, times[i]!, row, config, subject));
}

/** Oil that gets 4 K too warm at reading 1200: less than a third of what the load moves it. */
const ill: Work = { warmer: (reading) => (reading >= 1_200 ? 4 : 0) };

describe('auto on a machine that is slow to warm', () => {
  it('finds oil that is too warm for its load though the load never stays for as long as the oil takes', () => {
    const verdicts = run(auto.init(config), ill, 1_600);
    const first = verdicts.findIndex(({ state }) => state === 'abnormal');
    expect(first).toBeGreaterThanOrEqual(1_200);
    expect(first).toBeLessThan(1_300);
    const verdict = verdicts[1_280]!;
    if (verdict.state !== 'abnormal') throw new Error('the alarm has ended');
    const [, value, normal] = /is ([\d.]+) °C where ([\d.]+) °C ±/.exec(verdict.finding.explanation)!;
    expect(Number(value) - Number(normal)).toBeGreaterThan(3);
    expect(Number(value) - Number(normal)).toBeLessThan(5);
  });

  it('takes no start and no step of the load for a fault', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const verdicts = run(auto.init(config), { seed }, 3_000);
      expect(verdicts.filter(({ state }) => state === 'abnormal')).toEqual([]);
      expect(verdicts.filter(({ state }) => state === 'normal').length).toBeGreaterThan(2_000);
    }
  });

  it('does not take the way back of an instrument that lied for a lasting fault to the other side', () => {
    for (const seed of [1, 2, 3]) {
      const { rows, times } = gearbox({ seed }, 2_200);
      const { normal } = seeded(100 + seed);
      const state = auto.init(config);
      let stray = 0; // of the cooling, over days
      const verdicts = rows.map((row, i) => {
        stray = 0.997 * stray + 0.04 * normal();
        const lie = i >= 1_200 && i < 1_800 ? (-8 * (i - 1_200)) / 600 : 0;
        return auto.step(state, times[i]!, Float64Array.of(row[0]! + stray + lie, row[1]!, row[2]!), config, subject);
      });
      const high = verdicts.filter((said) => said.state === 'abnormal' && /too high/.test(said.finding.explanation));
      expect(high.length).toBeLessThan(40);
    }
  });

  it('goes on from its saved state as if it had never been away', () => {
    const { rows, times } = gearbox(ill, 1_400);
    const [kept, saved] = [auto.init(config), { state: auto.init(config) }];
    for (const [i, row] of rows.entries()) {
      const verdict = auto.step(kept, times[i]!, row, config, subject);
      saved.state = JSON.parse(JSON.stringify(saved.state)) as AutoState; // what a checkpoint does to it
      expect(auto.step(saved.state, times[i]!, row, config, subject)).toEqual(verdict);
    }
  });

  it('keeps the times of its rows in some bytes, as a state has 4 KB a tag', () => {
    const state = auto.init(config);
    run(state, {}, 700);
    expect(state.watch.learning).toHaveLength(700);
    expect(JSON.stringify(state.watch.gaps).length).toBeLessThan(100);
  });

  it('learns without the lag from rows that an earlier version kept without their times', () => {
    const state = auto.init(config);
    run(state, {}, 300);
    delete state.watch.gaps;
    delete state.watch.newest;
    run(state, {}, 900);
    expect(state.watch.model?.lags).toBeUndefined();
    expect(state.watch.model?.readings).toBe(800);
  });

  it('draws what was normal on the way up', () => {
    const state = auto.init(config);
    run(state, {}, 1_000);
    const { normalAt, says } = drawDetector('auto', { config, state, subject, input: 0 });
    expect(says).toBe(
      'learnt what is normal from the other 2 tags, behind what is given by a time constant of 80 min (from 800 readings)',
    );
    const { rows, times } = gearbox({ seed: 9 }, 400); // nothing comes of the night in between
    const drawn = rows.map((row, i) => normalAt!(row, times[i]!));
    expect(drawn[0]).toBeNull();
    expect(drawn[216]).toBeNull();
    const away = drawn.flatMap((normal, i) => (normal === null ? [] : [Math.abs(normal.expected - rows[i]![0]!)]));
    expect(away.length).toBeGreaterThan(390);
    expect(Math.max(...away)).toBeLessThan(1.5);
  });
});
