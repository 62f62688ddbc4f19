import { describe, expect, it } from 'vitest';
import type { SpectrumWish } from '../../src/model/spectrum.ts';
import { seeded } from '../math/seeded.ts';
import { Fourier } from './fourier.ts';
import { makeSpectrum } from './make-spectrum.ts';

const RATE_HZ = 8_192;
const fourier = new Fourier();
const wish = (samples: Float32Array, change: Partial<SpectrumWish> = {}): SpectrumWish => ({
  rateHz: RATE_HZ,
  unit: 'm/s2',
  samples,
  kind: 'amplitude',
  convention: 'rms',
  lines: null,
  shaftHz: 25,
  bearing: null,
  teeth: null,
  lineHz: 50,
  ...change,
});
function made(of: SpectrumWish) {
  const spectrum = makeSpectrum(fourier, of);
  if ('reason' in spectrum) throw new Error(spectrum.reason);
  return spectrum;
}
/** 3 m/s² peak at 25 Hz, 1 m/s² at 100 Hz, four seconds. */
const machine = (scale = 1) =>
  Float32Array.from({ length: 4 * RATE_HZ }, (_, i) => {
    const t = (2 * Math.PI * i) / RATE_HZ;
    return scale * (3 * Math.sin(25 * t) + Math.sin(100 * t) + 0.01);
  });

describe('a spectrum to look at', () => {
  it('reads the amplitude of a sine at its cursor, in the convention it states', () => {
    const rms = made(wish(machine()));
    const byName = (spectrum: typeof rms) => new Map(spectrum.cursors.map(({ name, amplitude }) => [name, amplitude]));
    expect(byName(rms).get('1×')).toBeCloseTo(3 / Math.SQRT2, 4);
    expect(byName(rms).get('2 × mains')).toBeCloseTo(1 / Math.SQRT2, 4);
    expect(byName(made(wish(machine(), { convention: 'peak' }))).get('1×')).toBeCloseTo(3, 4);
    expect(rms).toMatchObject({
      unit: 'm/s2',
      convention: 'rms',
      lines: 8_192,
      lineHz: 0.5,
      averages: 3,
      overlap: 0.5,
    });
    expect(rms.says).toBe('hann window, 8192 lines of 0.5 Hz, 3 averages with 50 % overlap, m/s2 RMS');
  });

  it('is of velocity in mm/s: 1000 a / 2πf, and of g the same', () => {
    const expected = (1_000 * 3) / (2 * Math.PI * 25) / Math.SQRT2;
    for (const spectrum of [
      made(wish(machine(), { kind: 'velocity' })),
      made(wish(machine(1 / 9.80665), { kind: 'velocity', unit: 'g' })),
    ]) {
      expect(spectrum.unit).toBe('mm/s');
      expect(spectrum.cursors[0]?.amplitude).toBeCloseTo(expected, 2);
    }
  });

  it('of the envelope shows the impacts of an outer race at BPFO and its harmonics, and nothing at BPFI', () => {
    const { normal } = seeded(2);
    const bearing = { bpfo: 3.585, bpfi: 5.415, bsf: 2.357, ftf: 0.398 };
    const periodS = 1 / (bearing.bpfo * 25);
    const samples = Float32Array.from({ length: 4 * RATE_HZ }, (_, i) => {
      const t = (i / RATE_HZ) % periodS;
      return 4 * Math.exp(-900 * t) * Math.sin(2 * Math.PI * 3_000 * t) + 0.1 * normal();
    });
    const spectrum = made(wish(samples, { kind: 'envelope', bearing }));
    const at = new Map(spectrum.cursors.map(({ name, amplitude }) => [name, amplitude]));
    expect([...at.keys()].slice(0, 4)).toEqual(['1×', 'BPFO', '2 × BPFO', '3 × BPFO']);
    expect(at.get('BPFO')).toBeGreaterThan(0.5);
    expect(at.get('2 × BPFO')).toBeGreaterThan(0.3);
    expect(at.get('BPFI')).toBeLessThan(at.get('BPFO')! / 5);
    expect(spectrum.says).toContain('depth of modulation (peak, of the mean)');
  });

  it('has no cursor beyond its end, and none of a shaft whose speed nobody knows', () => {
    expect(made(wish(machine(), { shaftHz: 3_000 })).cursors.map(({ name }) => name)).toEqual(['1×', '2 × mains']);
    expect(made(wish(machine(), { shaftHz: null, lineHz: null })).cursors).toEqual([]);
  });

  it('says why a waveform has none', () => {
    expect(makeSpectrum(fourier, wish(machine(), { unit: 'furlong' }))).toMatchObject({ code: 'invalid_unit' });
    expect(makeSpectrum(fourier, wish(new Float32Array(4_096)))).toMatchObject({ code: 'dead' });
  });
});
