import type { WaveformPoint } from '../../src/model/measuring-point.ts';
import { ratiosOf } from '../bearing/geometry.ts';
import type { RotorFault } from '../rotor/diagnose.ts';
import { synthesise } from '../rotor/testbench.ts';

/** A point on the drive end of a pump: 1470 /min, a wheel of 31 teeth, a bearing 6205. */
export const PUMP_DE: WaveformPoint = {
  kind: 'waveform',
  id: 'pump-1-de',
  tag: 'pump-1.de',
  unit: 'm/s2',
  speed: { kind: 'constant', shaftHz: 24.5 },
  bearing: ratiosOf({ elements: 9, elementDiameter: 7.94, pitchDiameter: 39.04, contactDegrees: 0 }),
  teeth: 31,
  lineHz: 50,
  vanes: 7,
};

/** Two seconds of that pump with the faults asked for, m/s², 10 dB above white noise; the same for the same seed. */
export function pumpWaveform(faults: readonly RotorFault[], seed = 11): { rateHz: number; samples: Float64Array } {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  const rateHz = 16_384;
  const samples = synthesise({
    rateHz,
    shaftHz: 24.5,
    teeth: 31,
    vanes: 7,
    mainsHz: 50,
    bpfo: 3.585,
    faults,
    snrDb: 10,
    seconds: 2,
    random,
  });
  return { rateHz, samples };
}
