import { describe, expect, it } from 'vitest';
import { SIGNALS } from './machines.ts';
import { createPlantModel } from './plant-model.ts';
import { noiseOf } from './random.ts';
import { CYCLE_MS } from './script.ts';

describe('the simulated plant', () => {
  it('is a function of seed and time, in whatever order it is asked', () => {
    const one = createPlantModel(42);
    const other = createPlantModel(42);
    const moments = [0, 33_250, 599_999, CYCLE_MS + 12_000, -4_000, 4 * CYCLE_MS + 1, 33_250, 2 * CYCLE_MS];
    const forwards = moments.map((at) => SIGNALS.map(({ tag }) => one.measure(tag, at)));
    const backwards = moments
      .toReversed()
      .map((at) => SIGNALS.map(({ tag }) => other.measure(tag, at)))
      .toReversed();
    expect(forwards).toEqual(backwards);
    expect(one.groundTruth()).toEqual(other.groundTruth());
  });

  it('differs from seed to seed and from cycle to cycle', () => {
    const starts = (seed: number, cycle: number) =>
      createPlantModel(seed)
        .groundTruth({ from: cycle, to: cycle })
        .map((entry) => entry.startsAt - cycle * CYCLE_MS);
    expect(starts(1, 0)).not.toEqual(starts(2, 0));
    expect(starts(1, 0)).not.toEqual(starts(1, 1));
  });

  it('runs healthily before the script begins, with noise that moves', () => {
    const model = createPlantModel(3);
    for (const { tag } of SIGNALS) {
      expect(model.truth(tag, -60_000)).toBe(model.truth(tag, 0));
      expect(model.measure(tag, -60_000)).not.toBe(model.measure(tag, -59_000));
    }
    expect(model.isDown('sensors', -1)).toBe(false);
    expect(model.state('pump-1', -1)).toBe('run');
  });

  it('goes on from one cycle to the next without a jump', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const model = createPlantModel(seed);
      for (const { tag } of SIGNALS) {
        const before = model.truth(tag, CYCLE_MS - 250) ?? 0;
        const after = model.truth(tag, CYCLE_MS) ?? 0;
        expect(Math.abs(after - before), `seed ${seed}: ${tag}`).toBeLessThan(0.1);
      }
    }
  });

  it('repeats one value exactly while a sensor is stuck, and only then', () => {
    const model = createPlantModel(8);
    const stuck = model.groundTruth().find((entry) => entry.kind === 'stuck sensor');
    if (stuck?.tag == null || stuck.endsAt === null) throw new Error('no stuck sensor');
    const values = new Set<number | null>();
    for (let at = stuck.startsAt; at < stuck.endsAt; at += 250) values.add(model.measure(stuck.tag, at));
    expect(values.size).toBe(1);
    expect(model.measure(stuck.tag, stuck.endsAt + 500)).not.toBe([...values][0]);
    expect(model.truth(stuck.tag, stuck.startsAt)).not.toBeNull();
  });

  it('never repeats a watched value for long while its sensor is well', () => {
    for (const seed of [1, 2, 3]) {
      const model = createPlantModel(seed);
      const stuckTag = model.groundTruth().find((entry) => entry.kind === 'stuck sensor')?.tag;
      const watched = SIGNALS.filter(({ signal, tag }) => !['speed', 'load'].includes(signal) && tag !== stuckTag);
      for (const { tag } of watched) {
        let same = 0;
        let worst = 0;
        for (let at = 500; at < CYCLE_MS; at += 500) {
          same = model.measure(tag, at) === model.measure(tag, at - 500) ? same + 1 : 0;
          worst = Math.max(worst, same);
        }
        expect(worst, `seed ${seed}: ${tag}`).toBeLessThan(4);
      }
    }
  });

  it('passes through every operating state', () => {
    const model = createPlantModel(1);
    const seen = new Set<string | null>();
    for (let at = 0; at < CYCLE_MS; at += 500)
      for (const asset of ['pump-1', 'fan-1', 'compressor-1']) seen.add(model.state(asset, at));
    expect([...seen].sort()).toEqual(['idle', 'off', 'run', 'run-down', 'start-up']);
  });

  it('stays inside the range of every tag', () => {
    const model = createPlantModel(11);
    for (const { tag, range } of SIGNALS)
      for (let at = 0; at < CYCLE_MS; at += 1_000) {
        const value = model.measure(tag, at) ?? Number.NaN;
        expect(value >= range[0] && value <= range[1], `${tag} ${value}`).toBe(true);
      }
  });

  it('knows nothing of tags and machines it does not have', () => {
    const model = createPlantModel(1);
    expect(model.measure('pump-9.vibration', 0)).toBeNull();
    expect(model.truth('pump-9.vibration', 0)).toBeNull();
    expect(model.state('pump-9', 0)).toBeNull();
  });
});

it('the noise is standard normal and independent of its neighbours', () => {
  const n = 20_000;
  const values = Array.from({ length: n }, (_, i) => noiseOf(7, 0, 3, i));
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
  const neighbours = values.slice(1).reduce((sum, value, i) => sum + value * (values[i] ?? 0), 0) / n;
  // five standard errors of each estimate
  expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
  expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  expect(Math.abs(neighbours)).toBeLessThan(5 / Math.sqrt(n));
});
