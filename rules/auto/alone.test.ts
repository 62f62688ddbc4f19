import { describe, expect, it } from 'vitest';
import type { Subject, Verdict } from '../detector.ts';
import { seeded } from '../math/seeded.ts';
import { drawDetector } from '../picture.ts';
import { type AutoState, auto } from './index.ts';

const QUARTER_MS = 900_000;
const DAY = 96;
const WEEK = 7 * DAY;
/** A Monday, 00:00 UTC. */
const MONDAY = Date.UTC(2026, 0, 5);
const subject: Subject = { tag: 'hall-1.power', unit: 'kW', inputs: [{ tag: 'hall-1.power', unit: 'kW' }] };
const config = { learn: 480, every: 0 };

/** Judges a reading in a quarter of an hour; 0 is the first. */
function run(state: AutoState, from: number, to: number, value: (reading: number) => number, of = subject): Verdict[] {
  return Array.from({ length: to - from }, (_, i) =>
    auto.step(state, MONDAY + (from + i) * QUARTER_MS, Float64Array.of(value(from + i)), config, of),
  );
}

const alarms = (verdicts: readonly Verdict[]) => verdicts.flatMap(({ state }, i) => (state === 'abnormal' ? [i] : []));
const isWorkday = (reading: number) => reading % WEEK < 5 * DAY;
const isShift = (reading: number) => reading % DAY >= 6 * 4 && reading % DAY < 22 * 4;

/** A hall in two shifts, noise 1 kW: 50 kW by day, 10 by night, on Saturdays and Sundays as `weekend` says. */
function hall({
  seed = 1,
  weekend = 50,
  odd = () => false,
}: {
  seed?: number;
  weekend?: number;
  odd?: (r: number) => boolean;
}) {
  const { normal } = seeded(seed);
  return (reading: number) => normal() + (isShift(reading) === odd(reading) ? 10 : isWorkday(reading) ? 50 : weekend);
}

describe('auto on one tag', () => {
  it('finds an hour of the day that is odd at an ordinary height, and says which hour', () => {
    const odd = (reading: number) => reading >= 20 * DAY + 8 && reading < 20 * DAY + 16; // 02 to 04 h
    const verdicts = run(auto.init(config), 0, 21 * DAY, hall({ odd }));
    const [first = -1] = alarms(verdicts);
    expect(first).toBe(20 * DAY + 8);
    const found = verdicts[first]!;
    if (found.state !== 'abnormal') throw new Error('no alarm');
    expect(found.finding.explanation).toMatch(
      /^hall-1\.power is (4[789]|5\d)[\d.]* kW where (9|10)[\d.]* kW ± [\d.]+ kW is normal 02–03 h: too high, in this reading [\d.]+ times its usual scatter \(learnt from 480 readings\)$/,
    );
    expect(found.finding.value).toBeGreaterThan(found.finding.limit);
  });

  it('knows the days of the week when they differ', () => {
    const odd = (reading: number) => reading >= 4 * WEEK + 5 * DAY + 48 && reading < 4 * WEEK + 5 * DAY + 52; // a Saturday
    const quiet = hall({ weekend: 10 });
    const verdicts = run(auto.init(config), 0, 5 * WEEK, (reading) => (odd(reading) ? 50 : quiet(reading)));
    const late = alarms(verdicts).filter((reading) => reading >= 4 * WEEK);
    expect(late[0]).toBe(4 * WEEK + 5 * DAY + 48);
    const found = verdicts[late[0]!]!;
    expect(found.state === 'abnormal' && found.finding.explanation).toContain('is normal Saturdays 12–13 h');
  });

  it('believes no hour where the load does not follow the clock', () => {
    const { normal, uniform } = seeded(3);
    let load = 0;
    const state = auto.init(config);
    const verdicts = run(state, 0, 6 * WEEK, () => {
      if (uniform() < 1 / 36) load = 10 * uniform();
      return load + normal();
    });
    expect(alarms(verdicts)).toEqual([]);
    const drawn = drawDetector('auto', { config, state, subject, input: 0 });
    const at = (hour: number) => drawn.normalAt?.(Float64Array.of(5), MONDAY + hour * 3_600_000)?.expected;
    expect(at(3)).toBe(at(15));
  });

  it('draws what each hour normally has', () => {
    const state = auto.init(config);
    run(state, 0, 3 * WEEK, hall({}));
    const drawn = drawDetector('auto', { config, state: JSON.parse(JSON.stringify(state)), subject, input: 0 });
    const at = (hour: number) => drawn.normalAt?.(Float64Array.of(50), MONDAY + hour * 3_600_000)?.expected;
    expect(at(2)).toBeCloseTo(10, 0);
    expect(at(12)).toBeCloseTo(50, 0);
  });

  it('does not take a slow fault for normal, with a daily pattern or without', () => {
    for (const value of [hall({ seed: 4 }), hall({ seed: 4, odd: isShift })]) {
      const drift = (reading: number) => 0.05 * Math.max(0, reading - 3 * WEEK);
      const verdicts = run(auto.init(config), 0, 5 * WEEK, (reading) => value(reading) + drift(reading));
      const [first = -1] = alarms(verdicts);
      expect(first).toBeGreaterThan(3 * WEEK);
      expect(drift(first)).toBeLessThan(15);
    }
  });

  it('tells of a spike that comes and goes again and again only until it is known', () => {
    for (let seed = 5; seed <= 12; seed++) {
      const { normal } = seeded(seed);
      const spike = (reading: number) => (reading >= WEEK && reading % 50 === 0 ? 12 : 0);
      const found = alarms(run(auto.init(config), 0, 4 * WEEK, (reading) => normal() + spike(reading)));
      expect(found[0]).toBe(700);
      const onsets = found.filter((reading, i) => reading - 1 !== found[i - 1]);
      expect(onsets.length).toBeLessThan(4);
      expect(found.at(-1)).toBeLessThan(1_100);
    }
  });

  it('holds an alarm while the fault lasts, and learns anew in the end', () => {
    const { normal } = seeded(6);
    const verdicts = run(auto.init(config), 0, 3_000, (reading) => normal() + (reading >= 1_000 ? 30 : 0));
    const found = alarms(verdicts);
    expect(found[0]).toBe(1_000);
    expect(found).toHaveLength(2 * 480);
    expect(verdicts.at(-1)?.state).toBe('normal');
  });

  it('goes on from a state that was written down, in 4 KB at most', () => {
    const [left, right] = [hall({ seed: 7, weekend: -10 }), hall({ seed: 7, weekend: -10 })];
    const whole = run(auto.init(config), 0, 3 * WEEK, left);
    let state = auto.init(config);
    const pieces: Verdict[] = [];
    for (let from = 0; from < 3 * WEEK; from += 96) {
      pieces.push(...run(state, from, from + 96, right));
      const written = JSON.stringify(state); // what a checkpoint does
      expect(written.length).toBeLessThan(4_096);
      state = JSON.parse(written) as AutoState;
    }
    expect(pieces).toEqual(whole);
  });

  it('neither alarms nor clears where a reading is missing', () => {
    const state = auto.init(config);
    run(state, 0, 1_000, hall({ seed: 8 }));
    expect(run(state, 1_000, 1_010, () => Number.NaN).every((verdict) => verdict.state === 'unknown')).toBe(true);
  });

  it('counts only a rise of a vibration', () => {
    const shaking = { ...subject, unit: 'mm/s', inputs: [{ tag: 'fan-1.vibration', unit: 'mm/s' }] };
    for (const [step, count] of [
      [-2, 0],
      [2, 100],
    ] as const) {
      const { normal } = seeded(9);
      const value = (reading: number) => 5 + 0.1 * normal() + (reading >= 1_000 ? step : 0);
      expect(alarms(run(auto.init(config), 0, 1_100, value, shaking))).toHaveLength(count);
    }
  });
});
