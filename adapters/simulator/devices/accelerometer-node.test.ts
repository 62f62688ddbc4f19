import { expect, it } from 'vitest';
import { ACCELEROMETER } from '../model/accelerometer.ts';
import { createPlantModel } from '../model/plant-model.ts';
import { createAccelerometerNode } from './accelerometer-node.ts';

const { tag, periodMs } = ACCELEROMETER;

it('the accelerometer records once a period from the beginning of the script, however often it is asked', () => {
  let since = -5_000;
  const record = createAccelerometerNode(createPlantModel(5), () => since);
  const given: number[] = [];
  for (; since < 3 * periodMs; since += 500) if (record(1_700_000_000_000 + since) !== null) given.push(since);
  expect(given).toEqual([0, periodMs, 2 * periodMs]);
});

it('the accelerometer that nobody asked for a while gives its last waveform, as it was recorded on time', () => {
  const model = createPlantModel(5);
  const now = 1_700_000_000_000;
  const { topic, payload } = createAccelerometerNode(model, () => 2 * periodMs + 20_000)(now)!;
  expect(topic).toBe('waveform/pump-1/drive-end');
  expect(Number(payload.readBigInt64LE(0))).toBe(now - 1_000);
  const samples = model.waveform(tag, 2 * periodMs)!;
  expect(payload.length).toBe(8 + 2 * samples.length);
  const worst = samples.reduce((most, x, i) => Math.max(most, Math.abs(x - payload.readInt16LE(8 + 2 * i) / 100)), 0);
  expect(worst).toBeLessThan(0.0051);
});
