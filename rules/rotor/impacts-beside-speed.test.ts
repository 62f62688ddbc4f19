import { describe, expect, it } from 'vitest';
import { ratiosOf } from '../bearing/geometry.ts';
import { PUMP_DE } from '../features/testbench.ts';
import { waveformFeatures } from '../features/waveform-features.ts';
import { Fourier } from '../signal/fourier.ts';
import { ordersOf } from './orders.ts';

const RATE_HZ = 12_000;
const SHAFT_HZ = 29.53;
const bearing = ratiosOf({ elements: 9, elementDiameter: 7.94, pitchDiameter: 39.04, contactDegrees: 0 });
const fourier = new Fourier();

describe('impacts of a bearing whose double is near seven times a speed beside the real one', () => {
  it.each([1_740, 1_772, 1_800])('leave the shaft the speed of its own line, told %d /min', (told) => {
    const { shaftHz } = ordersOf(fourier, damaged(), { rateHz: RATE_HZ, shaftHz: told / 60 });
    expect(Math.abs(shaftHz / SHAFT_HZ - 1)).toBeLessThan(0.002);
  });

  it.each([1_740, 1_772, 1_800])('have the slip that belongs to the speed said beside it, told %d /min', (told) => {
    const point = { ...PUMP_DE, bearing, teeth: null, lineHz: null, vanes: null };
    const waveform = { rateHz: RATE_HZ, unit: 'm/s2', samples: damaged() };
    const values = waveformFeatures(fourier, waveform, { point, shaftHz: told / 60 }) as ReadonlyMap<string, number>;
    const [hz, slip, speed] = ['bearing_hz', 'bearing_slip', 'speed'].map((name) => values.get(name)!);
    expect(hz! / (1 + slip! / 100)).toBeCloseTo((bearing.bpfo * speed!) / 60, 6);
    expect(hz).toBeCloseTo(105.9, 0);
  });
});

/** Two seconds of a shaft at 1772 /min with a damaged outer race: impacts at 105.9 Hz that scatter by 0.5 %, in m/s². */
function damaged(): Float64Array {
  const normal = normals(1);
  const samples = Float64Array.from(
    { length: 2 * RATE_HZ },
    (_, i) => 0.49 * Math.sin((2 * Math.PI * SHAFT_HZ * i) / RATE_HZ) + 0.49 * normal(),
  );
  for (let atS = 0; atS < 2; atS += (1 + 0.005 * normal()) / 105.9) {
    const first = Math.floor(atS * RATE_HZ);
    for (let j = 0; j < 120 && first + j < samples.length; j++)
      samples[first + j]! += 7.85 * Math.exp(-j / 20) * Math.sin((2 * Math.PI * 3_000 * j) / RATE_HZ);
  }
  return samples;
}

function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 4_294_967_297;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
