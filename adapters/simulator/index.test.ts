import { expect, it } from 'vitest';
import { type AdapterContext, type Clock, type Reading, StatusCode, type ThermalFrame } from '../adapter.ts';
import { simulator } from './index.ts';
import { createPlantModel } from './model/plant-model.ts';
import { takePicture } from './model/thermal-camera.ts';

const BINDINGS = [
  { tag: 'pump-1.vibration', address: { machine: 'pump-1', signal: 'vibration' } },
  { tag: 'panel-1.camera', address: { machine: 'panel-1', signal: 'camera' } },
  { tag: 'panel-1.load', address: { machine: 'panel-1', signal: 'load' } },
  { tag: 'boiler.temperature', address: { machine: 'pump-1', signal: 'smell' } },
] as const;

const frames: ThermalFrame[] = [];

/** Runs the adapter on a clock that passes only while it sleeps, and stops it after `count` batches. */
async function run(config: { seed: number; rate: number; speedup: number }, count: number): Promise<Reading[]> {
  const stopping = new AbortController();
  let now = 1_700_000_000_000;
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
  const readings: Reading[] = [];
  frames.length = 0;
  let batches = 0;
  const context: AdapterContext = {
    clock,
    signal: stopping.signal,
    sink: async (batch) => {
      readings.push(...batch);
      if (++batches === count) stopping.abort();
      return { accepted: batch.length, rejected: [] };
    },
    connected: () => undefined,
    discard: () => undefined,
    observe: () => undefined,
    directory: 'unused',
    lastStored: () => null,
    waveform: async () => null,
    frame: async (frame) => {
      frames.push(frame);
      return null;
    },
    event: async () => undefined,
  };
  await simulator.run(config, [...BINDINGS], context);
  return readings;
}

it('delivers what the model says, at its rate', async () => {
  const readings = await run({ seed: 7, rate: 500, speedup: 1 }, 120);
  const model = createPlantModel(7);
  const pump = readings.filter(({ tag }) => tag === 'pump-1.vibration');
  expect(pump.map(({ value }) => value)).toEqual(pump.map((_, i) => model.measure('pump-1.vibration', i * 500)));
  expect(pump.map(({ at }) => at - 1_700_000_000_000)).toEqual(pump.map((_, i) => i * 500));
});

it('delivers a picture of the panel every ten seconds, and its load', async () => {
  const readings = await run({ seed: 7, rate: 500, speedup: 1 }, 50);
  expect(frames.map(({ at }) => at - 1_700_000_000_000)).toEqual([0, 10_000, 20_000]);
  expect(frames[2]).toMatchObject({ tag: 'panel-1.camera', width: 60, height: 40, celsius: takePicture(7, 20_000) });
  expect(readings.filter(({ tag }) => tag === 'panel-1.load')[0]?.value).toBe(72.5);
});

it('lets the life of the plant pass faster than the clock', async () => {
  const readings = await run({ seed: 7, rate: 1_000, speedup: 30 }, 4);
  const model = createPlantModel(7);
  expect(readings.filter(({ tag }) => tag === 'pump-1.vibration').map(({ value }) => value)).toEqual(
    [0, 30_000, 60_000, 90_000].map((at) => model.measure('pump-1.vibration', at)),
  );
});

it('delivers a bad reading for a signal that no machine has, and the others all the same', async () => {
  const [good, , bad] = await run({ seed: 1, rate: 1_000, speedup: 1 }, 1);
  expect(good?.quality).toBe('good');
  expect(bad).toMatchObject({
    tag: 'boiler.temperature',
    value: null,
    quality: 'bad',
    code: StatusCode.badNodeIdUnknown,
  });
});
