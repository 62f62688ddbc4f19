import { describe, expect, it } from 'vitest';
import { ACCELEROMETER } from '../../adapters/simulator/model/accelerometer.ts';
import { createPlantModel, type PlantModel } from '../../adapters/simulator/model/plant-model.ts';
import { bearingOf } from '../../rules/bearing/catalogue.ts';
import { ratiosOf } from '../../rules/bearing/geometry.ts';
import { waveformFeatures } from '../../rules/features/waveform-features.ts';
import { Fourier } from '../../rules/signal/fourier.ts';
import type { WaveformPoint } from '../model/measuring-point.ts';

const { tag, unit, rateHz, periodMs } = ACCELEROMETER;
const POINT: WaveformPoint = {
  kind: 'waveform',
  id: 'pump-1-drive-end',
  tag,
  unit,
  speed: { kind: 'tag', tag: 'pump-1.speed', hzPerUnit: 1 / 60, withinMs: 120_000 },
  bearing: ratiosOf(bearingOf(ACCELEROMETER.bearing)!), // the catalogue has it
  teeth: null,
  lineHz: null,
  vanes: null,
};
const fourier = new Fourier();

/** The features of a waveform, as the engine makes them with the speed that the PLC tells. */
function heard(model: PlantModel, at: number): Readonly<Record<string, number>> {
  const samples = model.waveform(tag, at)!;
  const shaftHz = model.measure('pump-1.speed', at)! / 60;
  const values = waveformFeatures(fourier, { rateHz, unit, samples }, { point: POINT, shaftHz });
  if ('code' in values) throw new Error(String(values.reason));
  return Object.fromEntries(values);
}

describe.each([5, 12])('the features of the simulated accelerometer, seed %i', (seed) => {
  const model = createPlantModel(seed);
  const wear = model.groundTruth()[0]!;
  const told = model.groundTruth()[1]!;
  const periods = Array.from({ length: 10 }, (_, i) => i * periodMs);

  it('hears the outer race from the first waveform after the limit until the repair, and no other fault', () => {
    const worn = periods.filter((at) => at > wear.exceedsLimitAt! && at < wear.endsAt!);
    expect(worn.length).toBeGreaterThanOrEqual(5);
    expect(told.exceedsLimitAt).toBe(worn[0]);
    for (const at of worn) {
      const { bearing, outer, rotor, kurtosis } = heard(model, at);
      expect(bearing, `${at} ms`).toBeGreaterThan(2);
      expect(outer, `${at} ms`).toBe(bearing);
      expect(rotor, `${at} ms`).toBeLessThan(1);
      expect(kurtosis, `${at} ms`).toBeGreaterThan(5);
    }
  });

  it('hears nothing wrong in a healthy bearing', () => {
    for (const at of [0, 480_000, 540_000]) {
      const { bearing, rotor, velocity_rms } = heard(model, at);
      expect(bearing, `${at} ms`).toBeLessThan(1);
      expect(rotor, `${at} ms`).toBeLessThan(1);
      expect(velocity_rms, `${at} ms`).toBeLessThan(2);
    }
  });
});
