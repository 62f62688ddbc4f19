import { describe, expect, it } from 'vitest';
import type { Subject } from '../detector.ts';
import { seeded } from '../math/seeded.ts';
import { auto } from './index.ts';
import { addLeftOut, fitLevels, levelBound, startLeftOutLevels } from './levels.ts';
import { TUNING } from './model.ts';

const BLOCK = 250;
const READINGS = BLOCK * TUNING.folds;

/** The chart learnt from one channel's residuals, left out block by block. */
function learnFrom(next: () => number) {
  const left = startLeftOutLevels(1);
  for (let fold = 0; fold < TUNING.folds; fold++) addLeftOut(left, [Float64Array.from({ length: BLOCK }, next)]);
  return fitLevels(left, [0], { readings: READINGS });
}

/** Of many seeds, the mean of what each gives. */
function meanOver(seeds: number, of: (seed: number) => number): number {
  return Array.from({ length: seeds }, (_, seed) => of(seed + 1)).reduce((sum, value) => sum + value / seeds, 0);
}

describe('the chart of levels', () => {
  it('lets white noise stay as near as the mean of a block is, however long ago it was learnt', () => {
    const growth = meanOver(100, (seed) => learnFrom(seeded(seed).normal).growth[0]!);
    expect(growth).toBeLessThan(0.03);
    const variance = meanOver(100, (seed) => learnFrom(seeded(seed).normal).spread[0]! ** 2);
    expect(variance * BLOCK).toBeGreaterThan(0.85); // 1 / block is the variance of a block's mean
    expect(variance * BLOCK).toBeLessThan(1.15);
  });

  it('lets a random walk go with the root of the time', () => {
    const growth = meanOver(100, (seed) => {
      const { normal } = seeded(seed);
      let level = 0;
      return learnFrom(() => {
        level += normal();
        return level;
      }).growth[0]!;
    });
    expect(growth).toBeGreaterThan(0.4);
    expect(growth).toBeLessThanOrEqual(0.5);
    const walk = { slow: [0], spread: [1], growth: [0.5], block: BLOCK, age: 3 * BLOCK };
    expect(levelBound(walk, 0, 5.5)).toBeCloseTo(2 * levelBound({ ...walk, age: 0 }, 0, 5.5), 9);
  });
});

const config = { learn: 2_016, every: 0 };
const subject: Subject = {
  tag: 'fan-1.load',
  unit: '%',
  inputs: [
    { tag: 'fan-1.load', unit: '%', isGiven: true },
    { tag: 'fan-1.filter', unit: 'mbar' },
  ],
};

/** A filter whose pressure follows the load a little and strays for hours. `clogging`: what a fault adds, mbar. */
function fan(seed: number, clogging: (reading: number) => number) {
  const { normal } = seeded(seed);
  let unrest = 0;
  return (reading: number) => {
    const load = normal();
    unrest = 0.998 * unrest + 0.06 * normal();
    return Float64Array.of(60 + 5 * load, 40 + 0.3 * load + unrest + 0.3 * normal() + clogging(reading));
  };
}

function alarmsOf(inputs: (reading: number) => Float64Array, readings: number) {
  const state = auto.init(config);
  const alarms: { readonly reading: number; readonly says: string }[] = [];
  let before = 'unknown';
  for (let reading = 0; reading < readings; reading++) {
    const verdict = auto.step(state, reading * 300_000, inputs(reading), config, subject);
    if (verdict.state === 'abnormal' && before !== 'abnormal') {
      alarms.push({ reading, says: verdict.finding.explanation });
    }
    before = verdict.state;
  }
  return { alarms, isFollowed: state.watch.model?.wanders[1] };
}

describe('auto on a tag that wanders about what the others explain', () => {
  it('finds a fault that is slower than the level follows', () => {
    const began = 4_000;
    const { alarms, isFollowed } = alarmsOf(
      fan(1, (reading) => Math.max(0, (30 * (reading - began)) / 3_000)),
      7_000,
    );
    expect(isFollowed).toBe(true);
    expect(alarms[0]!.reading).toBeGreaterThan(began);
    expect(alarms[0]!.reading).toBeLessThan(began + 2_000);
    expect(alarms[0]!.says).toMatch(/^fan-1\.filter is .* too high, over the last 127 readings/);
  });

  it('says nothing of it while it is well', () => {
    for (const seed of [1, 2, 3])
      expect(
        alarmsOf(
          fan(seed, () => 0),
          7_000,
        ).alarms,
      ).toEqual([]);
  });
});
