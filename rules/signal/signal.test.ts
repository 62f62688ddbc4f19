import { describe, expect, it } from 'vitest';
import { envelopeOf, envelopeSpectrum, prepare } from './envelope.ts';
import { featuresOf } from './features.ts';
import { Fourier, padded } from './fourier.ts';
import { mostImpulsiveBand } from './kurtogram.ts';
import { resampleByAngle } from './order-tracking.ts';
import { bandRms, saySpectrum, spectrumOf, velocitySpectrum } from './spectrum.ts';
import { convert, standardise } from './units.ts';

const fourier = new Fourier();

describe('the Fourier transform', () => {
  it('agrees with the sum that defines it', () => {
    const values = Float64Array.from({ length: 256 }, (_, i) => Math.sin(i * i * 0.37) + 0.3 * Math.cos(i * 1.7));
    const lines = fourier.real(values);
    for (let k = 0; k <= 128; k++) {
      let [re, im] = [0, 0];
      for (let n = 0; n < 256; n++) {
        re += values[n]! * Math.cos((2 * Math.PI * k * n) / 256);
        im -= values[n]! * Math.sin((2 * Math.PI * k * n) / 256);
      }
      expect(lines[2 * k]).toBeCloseTo(re, 9);
      expect(lines[2 * k + 1]).toBeCloseTo(im, 9);
    }
  });

  it('comes back from the other side', () => {
    const complex = Float64Array.from({ length: 128 }, (_, i) => Math.cos(i * i * 0.11));
    const back = fourier.inverse(complex);
    for (let n = 0; n < 64; n++) {
      let re = 0;
      for (let k = 0; k < 64; k++) {
        const angle = (2 * Math.PI * k * n) / 64;
        re += complex[2 * k]! * Math.cos(angle) - complex[2 * k + 1]! * Math.sin(angle);
      }
      expect(back[2 * n]).toBeCloseTo(re / 64, 9);
    }
  });

  it('pads with zeros up to a power of two', () => {
    expect(padded([1, 2, 3, 4, 5])).toEqual(Float64Array.of(-2, -1, 0, 1, 2, 0, 0, 0));
  });
});

describe('features', () => {
  it('of a sine of 10 mm/s peak are 7.071 RMS, crest 1.414, kurtosis 1.5, skew 0', () => {
    const { rms, peak, crest, kurtosis, skew } = featuresOf(sine(10, 50, 12_800, 12_800));
    expect(rms).toBeCloseTo(7.0711, 4);
    expect(peak).toBeCloseTo(10, 4);
    expect(crest).toBeCloseTo(Math.SQRT2, 4);
    expect(kurtosis).toBeCloseTo(1.5, 4);
    expect(skew).toBeCloseTo(0, 9);
  });

  it('of noise of any level are kurtosis 3 for Gaussian and 1.8 for uniform noise, skew 0', () => {
    // Points at equal steps of the probability: the moments without a chance in them, but for the cut of the tails.
    const count = 200_000;
    const gaussian = Float64Array.from({ length: count }, (_, i) => 0.2 * normalQuantile((i + 0.5) / count) + 5);
    expect(featuresOf(gaussian).kurtosis).toBeCloseTo(3, 2);
    expect(featuresOf(gaussian).rms).toBeCloseTo(0.2, 4);
    expect(featuresOf(gaussian).skew).toBeCloseTo(0, 6);
    const uniform = Float64Array.from({ length: count }, (_, i) => (i + 0.5) / count);
    expect(featuresOf(uniform).kurtosis).toBeCloseTo(1.8, 4);
    expect(featuresOf(uniform).crest).toBeCloseTo(Math.sqrt(3), 4);
  });

  it('of a wave that leans to one side have the closed form of its skew', () => {
    // cos x + cos 2x: variance 1, third moment 3/4.
    const samples = Float64Array.from({ length: 1_000 }, (_, i) => {
      const x = (2 * Math.PI * i) / 1_000;
      return Math.cos(x) + Math.cos(2 * x);
    });
    expect(featuresOf(samples).skew).toBeCloseTo(0.75, 6);
  });
});

describe('a spectrum', () => {
  it('reads the amplitude of a sine on its line, as RMS and as peak, and says how it was made', () => {
    const samples = sine(10, 100, 12_800, 12_800);
    const options = { rateHz: 12_800, unit: 'mm/s', lines: 2_048 } as const;
    const rms = spectrumOf(fourier, samples, { ...options, convention: 'rms' });
    expect(rms.lineHz).toBe(3.125);
    expect(rms.amplitudes[32]).toBeCloseTo(7.0711, 4);
    expect(spectrumOf(fourier, samples, { ...options, convention: 'peak' }).amplitudes[32]).toBeCloseTo(10, 4);
    expect(saySpectrum(rms)).toBe('hann window, 2048 lines of 3.125 Hz, 5 averages with 50 % overlap, mm/s RMS');
  });

  it('holds the power of the signal, whatever the frequency', () => {
    for (const hz of [100, 101.3, 333.33]) {
      const spectrum = spectrumOf(fourier, sine(10, hz, 16_384, 12_800), {
        rateHz: 12_800,
        unit: 'mm/s',
        convention: 'peak',
      });
      expect(bandRms(spectrum, 10, 1_000)).toBeCloseTo(7.071, 3);
    }
  });

  it('of 1 g peak at 100 Hz is 11.04 mm/s RMS of velocity', () => {
    const { samples, unit } = standardise(sine(1, 100, 25_600, 25_600), 'g')!;
    const acceleration = spectrumOf(fourier, samples, { rateHz: 25_600, unit, convention: 'rms' });
    const velocity = velocitySpectrum(acceleration, 10);
    expect(velocity.unit).toBe('mm/s');
    expect(bandRms(velocity, 10, 1_000)).toBeCloseTo(11.04, 2);
    expect(bandRms(velocity, 10, 1_000)).toBeCloseTo((1_000 * 9.80665) / (2 * Math.PI * 100) / Math.SQRT2, 2);
  });

  it('cuts a drift below the band instead of blowing it up into velocity', () => {
    const drifting = sine(1, 100, 25_600, 25_600).map((value, i) => value + 0.5 * Math.sin((2 * Math.PI * i) / 25_600));
    const acceleration = spectrumOf(fourier, drifting, { rateHz: 25_600, unit: 'm/s2', convention: 'rms' });
    expect(bandRms(velocitySpectrum(acceleration, 10), 10, 1_000)).toBeCloseTo(1.1254, 2);
  });
});

describe('units', () => {
  it.each([
    [1, '[in_i]/s', 'mm/s', 25.4],
    [1, 'g', 'm/s2', 9.80665],
    [9.80665, 'm/s2', '[g]', 1],
    [25.4, 'mm/s', '[in_i]/s', 1],
  ])('%d %s in %s is %d', (value, from, to, expected) => {
    expect(convert(value, { from, to })).toBeCloseTo(expected, 12);
  });

  it.each([
    ['g', 'mm/s'],
    ['mm/s', 'm/s2'],
    ['G', 'm/s2'],
    ['mV', 'm/s2'],
    ['', 'm/s2'],
  ])('are not guessed: %s is not %s', (from, to) => {
    expect(convert(1, { from, to })).toBeNull();
  });
});

describe('the envelope', () => {
  const rateHz = 20_480;
  /** A carrier at 4 kHz, modulated with 30 % at 87 Hz. */
  const modulated = Float64Array.from({ length: 20_480 }, (_, i) => {
    const t = i / rateHz;
    return (1 + 0.3 * Math.cos(2 * Math.PI * 87 * t)) * Math.cos(2 * Math.PI * 4_000 * t);
  });

  it('of a modulated carrier has the depth and the frequency of the modulation', () => {
    const envelope = envelopeOf(fourier, prepare(fourier, modulated, rateHz), { lowHz: 3_000, highHz: 5_000 });
    const { depths, lineHz } = envelopeSpectrum(fourier, envelope);
    const line = Math.round(87 / lineHz);
    const around = depths.slice(line - 2, line + 3);
    // (1 + m cos)² = 1 + m²/2 + 2m cos + …: the depth is 2m / (1 + m²/2). The band's edge weight and the lines cost 3 %.
    expect(Math.max(...around)).toBeGreaterThan(0.55);
    expect(Math.max(...around)).toBeLessThan(0.58);
    expect(depths.slice(line + 8, line + 60).every((depth) => depth < 0.05)).toBe(true);
  });

  it('is found in the band where the impacts ring', () => {
    const ringing = impacts({ rateHz, everyS: 1 / 90, ringHz: 6_000, length: 8_192 });
    const band = mostImpulsiveBand(fourier, prepare(fourier, ringing, rateHz));
    expect(band.lowHz).toBeLessThanOrEqual(6_000);
    expect(band.highHz).toBeGreaterThanOrEqual(6_000);
    expect(band.kurtosis).toBeGreaterThan(2.5);
  });

  it('of Gaussian noise has kurtosis 2', () => {
    const noise = whiteNoise(65_536);
    const envelope = envelopeOf(fourier, prepare(fourier, noise, rateHz), { lowHz: 2_000, highHz: 8_000 });
    expect(envelope.kurtosis).toBeCloseTo(2, 1);
  });
});

describe('order tracking', () => {
  it('puts a machine that runs up onto one line', () => {
    // 20 to 40 Hz in 4 s, third order: phase 2π·3·(20t + 2.5t²).
    const rateHz = 10_000;
    const samples = Float64Array.from({ length: 40_000 }, (_, i) => {
      const t = i / rateHz;
      return Math.sin(2 * Math.PI * 3 * (20 * t + 2.5 * t * t));
    });
    const { perRevolution, samples: orders } = resampleByAngle(samples, rateHz, [
      { atS: 0, hz: 20 },
      { atS: 4, hz: 40 },
    ]);
    const spectrum = spectrumOf(fourier, orders, {
      rateHz: perRevolution,
      unit: 'm/s2',
      convention: 'peak',
      lines: 8_192,
    });
    const line = spectrum.amplitudes.indexOf(Math.max(...spectrum.amplitudes));
    expect(line * spectrum.lineHz).toBeCloseTo(3, 1);
    expect(bandRms(spectrum, 2.9, 3.1)).toBeCloseTo(Math.SQRT1_2, 2);
  });

  it('refuses a shaft that stands', () => {
    expect(() => resampleByAngle([1, 2, 3], 100, [{ atS: 0, hz: 0 }])).toThrow('not above 0 Hz');
  });
});

function sine(amplitude: number, hz: number, length: number, rateHz: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz));
}

function impacts(options: { rateHz: number; everyS: number; ringHz: number; length: number }): Float64Array {
  const { rateHz, everyS, ringHz, length } = options;
  const noise = whiteNoise(length);
  return noise.map((value, i) => {
    const sinceS = (i / rateHz) % everyS;
    return 0.3 * value + Math.exp(-sinceS * 800) * Math.sin(2 * Math.PI * ringHz * sinceS);
  });
}

/** Gaussian noise of deviation 1, always the same. */
function whiteNoise(length: number): Float64Array {
  let state = 12_345;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 4_294_967_296;
  };
  return Float64Array.from({ length }, () => normalQuantile(uniform()));
}

/** P. J. Acklam's rational approximation, relative error below 1.2e-9. */
function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const poly = (coefficients: readonly number[], x: number) => coefficients.reduce((sum, k) => sum * x + k, 0);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return poly(c, q) / (poly(d, q) * q + 1);
  }
  if (p > 1 - 0.02425) return -normalQuantile(1 - p);
  const q = p - 0.5;
  const r = q * q;
  return (poly(a, r) * q) / (poly(b, r) * r + 1);
}
