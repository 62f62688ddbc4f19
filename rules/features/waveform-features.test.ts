import { describe, expect, it } from 'vitest';
import type { WaveformPoint } from '../../src/model/measuring-point.ts';
import { Fourier } from '../signal/fourier.ts';
import { PUMP_DE, pumpWaveform } from './testbench.ts';
import { waveformFeatures, waveformFeatureTags } from './waveform-features.ts';

const fourier = new Fourier();
const RATE_HZ = 16_384;
const sine = (hz: number, amplitude: number, seconds = 2) =>
  Float64Array.from({ length: seconds * RATE_HZ }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / RATE_HZ));

describe('the features of a waveform', () => {
  it('of a known sine are what a textbook says', () => {
    const values = featuresOf(sine(160, 10), { speed: null, bearing: null, teeth: null, lineHz: null });
    expect(values.get('velocity_rms')).toBeCloseTo((1_000 * 10 * Math.SQRT1_2) / (2 * Math.PI * 160), 2);
    expect(values.get('acceleration_rms')).toBeCloseTo(10 * Math.SQRT1_2, 4);
    expect(values.get('peak')).toBeCloseTo(10, 2);
    expect(values.get('crest')).toBeCloseTo(Math.SQRT2, 3);
    expect(values.get('kurtosis')).toBeCloseTo(1.5, 3);
    expect(values.get('skew')).toBeCloseTo(0, 4);
    expect(values.get('low_rms')).toBeCloseTo(10 * Math.SQRT1_2, 2);
    expect(values.get('mid_rms')).toBeLessThan(0.01);
  });

  it('have the envelope of bursts in the unit of the samples', () => {
    let state = 3;
    const noise = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 4_294_967_296 - 0.5;
    };
    // Rounded bursts of 410 in 4,096 samples amid an eighth of the spectrum: the mean square of each is 3/8.
    const shape = (i: number) => (i < 410 ? Math.sin((Math.PI * i) / 410) ** 2 : 0);
    const bursts = sine(3_584, 4).map((value, i) => value * shape(i % 4_096) + 0.2 * noise());
    const expected = 4 * Math.sqrt((0.375 * 410) / 4_096);
    const found = featuresOf(bursts, { speed: null }).get('envelope_rms')!;
    expect(Math.abs(found / expected - 1)).toBeLessThan(0.05);
  });

  it('are the same for g and m/s²', () => {
    const { samples } = pumpWaveform(['imbalance']);
    const inG = samples.map((value) => value / 9.80665);
    const [a, b] = [featuresOf(samples), featuresOf(inG, {}, 'g')];
    for (const [name, value] of a) expect(b.get(name), name).toBeCloseTo(value, 6);
  });

  it('are exactly those that the point has tags for, whatever is known of it', () => {
    const all = [
      {},
      { speed: null },
      { bearing: null },
      { teeth: null, lineHz: null },
      { vanes: null },
      { unit: 'mm/s' },
    ];
    for (const known of all) {
      const point = { ...PUMP_DE, ...known };
      const names = waveformFeatureTags(point).map(({ name }) => name);
      const values = featuresOf(pumpWaveform([]).samples, known, point.unit);
      expect([...values.keys()].filter((name) => !names.includes(name))).toEqual([]);
      expect(names.filter((name) => !values.has(name))).toEqual([]);
    }
  });

  it.each(['imbalance', 'misalignment', 'looseness', 'gear', 'electrical', 'vanes', 'cavitation'] as const)(
    'name %s',
    (fault) => {
      const values = featuresOf(pumpWaveform([fault]).samples);
      const names = ['imbalance', 'misalignment', 'looseness', 'gear', 'electrical', 'vanes', 'cavitation'];
      expect(values.get(fault)).toBeGreaterThan(1);
      expect(values.get('rotor')).toBe(values.get(fault));
      for (const other of names) expect(values.get(other)).toBeLessThanOrEqual(values.get(fault)!);
      expect(values.get('bearing')).toBeLessThan(1);
    },
  );

  it('name the damaged race, its frequency and its slip', () => {
    const values = featuresOf(pumpWaveform(['bearing']).samples);
    expect(values.get('bearing')).toBeGreaterThan(1);
    expect(values.get('outer')).toBe(values.get('bearing'));
    expect(values.get('inner')).toBeLessThan(1);
    expect(values.get('bearing_hz')).toBeCloseTo(3.585 * 24.5, 0);
    expect(Math.abs(values.get('bearing_slip')!)).toBeLessThan(1);
    expect(values.get('bpfo')).toBeGreaterThan(3 * values.get('ftf')!);
  });

  it('measure twice the line frequency, unless a harmonic of the shaft is too near', () => {
    const omega = 2 * Math.PI * 100;
    const hum = sine(100, (2 / 1_000) * Math.SQRT2 * omega); // 2 mm/s RMS
    const { samples } = pumpWaveform([]);
    const both = samples.map((value, i) => value + hum[i]!);
    expect(featuresOf(both).get('2lf')).toBeCloseTo(2, 0);
    expect(featuresOf(both).get('electrical')).toBeGreaterThan(1);
    const near = featuresOf(both, { speed: { kind: 'constant', shaftHz: 25 } }, 'm/s2', 25);
    expect(near.get('2lf')).toBeNaN();
  });

  it('say nothing of what depends on a speed that is not known', () => {
    const { rateHz, samples } = pumpWaveform(['imbalance']);
    const values = waveformFeatures(fourier, { rateHz, unit: 'm/s2', samples }, { point: PUMP_DE, shaftHz: null });
    expect('code' in values || [...values.keys()].sort()).toEqual(
      [
        'acceleration_rms',
        'crest',
        'envelope_rms',
        'high_rms',
        'kurtosis',
        'low_rms',
        'mid_rms',
        'peak',
        'skew',
        'velocity_rms',
      ].sort(),
    );
  });

  it('are refused with the reason', () => {
    const codeOf = (samples: Float64Array, { rateHz = RATE_HZ, unit = 'm/s2' } = {}) => {
      const found = waveformFeatures(fourier, { rateHz, unit, samples }, { point: PUMP_DE, shaftHz: 24.5 });
      return 'code' in found ? found.code : null;
    };
    expect(codeOf(sine(50, 1), { unit: 'mm/s' })).toBe('invalid_unit');
    expect(codeOf(sine(50, 1), { rateHz: 2e9 })).toBe('invalid_rate');
    expect(codeOf(new Float64Array(4_096))).toBe('dead');
    expect(codeOf(sine(50, 1).map((x) => Math.max(-0.5, Math.min(0.5, x))))).toBe('clipped');
    expect(codeOf(sine(50, 1).subarray(0, 100))).toBe('invalid_size');
  });
});

function featuresOf(
  samples: Float64Array,
  known: Partial<WaveformPoint> = {},
  unit = 'm/s2',
  shaftHz: number | null = 24.5,
): ReadonlyMap<string, number> {
  const point = { ...PUMP_DE, ...known };
  const told = point.speed === null ? null : shaftHz;
  const values = waveformFeatures(fourier, { rateHz: RATE_HZ, unit, samples }, { point, shaftHz: told });
  if ('code' in values) throw new Error(values.reason);
  return values;
}
