import { describe, expect, it } from 'vitest';
import type { Subject, Verdict } from '../detector.ts';
import { seeded } from '../math/seeded.ts';
import { type AutoState, auto } from './index.ts';

const MINUTE_MS = 60_000;
const T0 = Date.UTC(2026, 0, 5);
const subject: Subject = { tag: 'fan-1.current', unit: 'A', inputs: [{ tag: 'fan-1.current', unit: 'A' }] };
const config = { learn: 480, every: 0 };
const timeOf = (reading: number) => T0 + reading * MINUTE_MS;

/** Faults of 8 standard deviations for 60 readings, 300 to 500 apart. */
function faultsOf(seed: number, count = 8): number[] {
  const { uniform } = seeded(1_000 + seed);
  let at = 1_000;
  return Array.from({ length: count }, () => {
    const from = at;
    at += 300 + Math.floor(200 * uniform());
    return from;
  });
}

/** Judges noise with these faults; `after` is done with the state 30 readings after each. Answers which were told. */
function live(
  { seed, faults, height = () => 8 }: { seed: number; faults: readonly number[]; height?: (fault: number) => number },
  after: (state: AutoState, fault: { from: number; index: number }) => void,
): { told: boolean[]; state: AutoState; normals: () => Verdict } {
  const { normal } = seeded(seed);
  const state = auto.init(config);
  const told = faults.map(() => false);
  let reading = 0;
  const judge = (value: number) => auto.step(state, timeOf(reading++), Float64Array.of(value), config, subject);
  while (reading < faults.at(-1)! + 200) {
    const now = reading;
    const index = faults.findIndex((from) => now >= from && now < from + 60);
    const verdict = judge(normal() + (index < 0 ? 0 : height(index)));
    if (index >= 0 && verdict.state === 'abnormal') told[index] = true;
    const over = faults.findIndex((from) => now === from + 90);
    if (over >= 0) after(state, { from: faults[over]!, index: over });
  }
  return { told, state, normals: () => judge(normal()) };
}

const repair = (state: AutoState, { from }: { readonly from: number }) =>
  auto.forget!(state, { from: timeOf(from), to: timeOf(from + 90) }, config);

describe('auto on one tag, after a repair', () => {
  it('tells each of eight faults that were repaired, and not all that came back by themselves', () => {
    let known = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const faults = faultsOf(seed);
      expect(live({ seed, faults }, repair).told, `seed ${seed}`).toEqual(faults.map(() => true));
      known += live({ seed, faults }, () => undefined).told.filter((isTold) => !isTold).length;
    }
    expect(known).toBeGreaterThan(8);
  });

  it('keeps for known what came back before the fault, and goes on to forget it slowly', () => {
    const faults = faultsOf(3, 2);
    const knownOf = (state: AutoState) => state.alone!.charts[0]!.known.slice();
    let before: readonly number[] = [];
    let after: readonly number[] = [];
    live({ seed: 3, faults, height: (index) => 8 * (index + 1) }, (state, fault) => {
      if (fault.index === 0) before = knownOf(state);
      else {
        expect(knownOf(state)[0]).toBeGreaterThan(1.2 * before[0]!);
        repair(state, fault);
        after = knownOf(state);
      }
    });
    const readings = faults[1]! - faults[0]!;
    for (const k of [0, 1]) expect(after[k]! / before[k]!).toBeCloseTo((1 - 0.15 / 480) ** readings, 1);
  });

  it('says nothing of a fault that is over about one that was not', () => {
    const faults = faultsOf(4, 2);
    const before = live({ seed: 4, faults }, () => undefined).state;
    const after = live({ seed: 4, faults }, (state, { index }) => {
      if (index === 1) auto.forget!(state, { from: timeOf(0), to: timeOf(900) }, config);
    }).state;
    expect(after).toEqual(before);
  });

  it('does not get to know a fault that still lasts when its job is done', () => {
    const { normal } = seeded(5);
    const state = auto.init(config);
    const value = (reading: number) => normal() + (reading >= 1_000 && reading % 400 < 60 ? 8 : 0);
    const told = new Set<number>();
    for (let reading = 0; reading < 4_000; reading++) {
      const verdict = auto.step(state, timeOf(reading), Float64Array.of(value(reading)), config, subject);
      if (verdict.state === 'abnormal') told.add(Math.floor(reading / 400));
      if (reading >= 1_000 && reading % 400 === 30)
        auto.forget!(state, { from: timeOf(reading - 30), to: timeOf(reading) }, config);
    }
    expect([...told]).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });

  it('knows no more of three alarms in a job than before the first', () => {
    const faults = faultsOf(6, 4);
    const { told } = live({ seed: 6, faults, height: (index) => 8 * 1.5 ** index }, (state, { from, index }) => {
      if (index === 2) auto.forget!(state, { from: timeOf(faults[0]!), to: timeOf(from + 90) }, config);
    });
    expect(told).toEqual([true, true, true, true]);
    const same = live({ seed: 6, faults, height: (index) => (index === 3 ? 8 : 8 * 1.5 ** index) }, (state, fault) => {
      if (fault.index === 2) auto.forget!(state, { from: timeOf(faults[0]!), to: timeOf(fault.from + 90) }, config);
    });
    expect(same.told[3]).toBe(true);
  });
});
