import { describe, expect, it } from 'vitest';
import { CAMERA, loosensAt, panelLoad, takePicture } from '../../adapters/simulator/model/thermal-camera.ts';
import { frameFeatures } from '../../rules/features/frame-features.ts';
import { thermal } from '../../rules/thermal/index.ts';

const { width, height, periodMs, regions } = CAMERA;
const CONFIG = { compare: 'similar', exponent: 2, raiseFrom: 'probable', learn: 50 } as const;
const INPUTS = [
  { tag: 'panel-1.camera.l2.max', unit: 'Cel' },
  { tag: 'panel-1.camera.l1.max', unit: 'Cel' },
  { tag: 'panel-1.load', unit: '%' },
];

/** The verdict on the picture of a time, as the engine comes to it. */
function judged(seed: number, at: number) {
  const frame = { width, height, celsius: takePicture(seed, at) };
  const values = frameFeatures(frame, { kind: 'thermalFrame', id: 'panel-1', tag: 'panel-1.camera', regions });
  if ('code' in values) throw new Error(values.reason);
  const inputs = Float64Array.of(values.get('l2.max')!, values.get('l1.max')!, panelLoad(at));
  return thermal.step(thermal.init(CONFIG), at, inputs, CONFIG, { ...INPUTS[0]!, inputs: INPUTS });
}

describe.each([1, 5, 12])('the simulated panel, seed %i', (seed) => {
  const times = Array.from({ length: 60 }, (_, i) => i * periodMs);
  const loosens = loosensAt(seed, 0);

  it('has a loose screw within two minutes, and none once that is tightened', () => {
    for (const at of times) {
      if (at < loosens || at >= 450_000) expect(judged(seed, at).state, `${at} ms`).toBe('normal');
      if (at > loosens + 20_000 && at < 450_000) expect(judged(seed, at).state, `${at} ms`).toBe('abnormal');
    }
  });

  it('is of the same class whatever its load', () => {
    const loose = times.filter((at) => at > loosens + 40_000 && at < 450_000);
    expect(Math.max(...loose.map(panelLoad)) / Math.min(...loose.map(panelLoad))).toBeGreaterThan(1.5);
    for (const at of loose) expect(judged(seed, at), `${at} ms`).toMatchObject({ level: 'HH' });
  });
});
