import { expect, it } from 'vitest';
import { ACCELEROMETER } from './accelerometer.ts';
import { createPlantModel } from './plant-model.ts';

const { tag, periodMs } = ACCELEROMETER;

it('records the same of the same seed and time, and something else at any other', () => {
  const at = 2 * periodMs;
  expect(createPlantModel(5).waveform(tag, at)).toEqual(createPlantModel(5).waveform(tag, at));
  expect(createPlantModel(5).waveform(tag, at)).not.toEqual(createPlantModel(6).waveform(tag, at));
  expect(createPlantModel(5).waveform(tag, 0)).not.toEqual(createPlantModel(5).waveform(tag, 3 * periodMs));
  expect(createPlantModel(5).waveform('pump-1.vibration', at)).toBeNull();
});

it('records the sensor alone while the pump stands still', () => {
  const model = createPlantModel(5);
  const at = model.groundTruth()[0]!.endsAt! + 15_000;
  expect(model.state('pump-1', at)).toBe('off');
  expect(Math.max(...model.waveform(tag, at)!.map(Math.abs))).toBeLessThan(0.2);
});
