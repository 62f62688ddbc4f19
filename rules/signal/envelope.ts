import { type Fourier, padded, sizeFor } from './fourier.ts';

/** The one-sided spectrum of a waveform, from which any number of bands can be cut. */
export interface Prepared {
  /** Lines 0 … N/2, interleaved: `Float64Array[N + 2]`, N a power of two. */
  readonly lines: Float64Array;
  readonly lineHz: number;
  readonly rateHz: number;
  /** Samples of the waveform; the rest up to N are zeros. */
  readonly length: number;
}

/** A band of frequencies, Hz. */
export interface Band {
  readonly lowHz: number;
  readonly highHz: number;
}

/** The squared envelope of one band. */
export interface Envelope extends Band {
  /** Squared envelope, arbitrary unit, at `rateHz`. */
  readonly squares: Float64Array;
  readonly rateHz: number;
  readonly mean: number;
  /**
   * Fourth moment of the band's complex signal over the square of its second: 2 for Gaussian noise, 1 for one sine, more for
   * impacts. Antoni's spectral kurtosis is this less 2.
   */
  readonly kurtosis: number;
}

/** Transforms a waveform once, mean removed. O(n log n). */
export function prepare(fourier: Fourier, samples: ArrayLike<number>, rateHz: number): Prepared {
  const values = padded(samples);
  return { lines: fourier.real(values), lineHz: rateHz / values.length, rateHz, length: samples.length };
}

/**
 * The squared envelope of a band: its lines, weighted with half a sine so that no edge rings, as an analytic signal (Hilbert
 * transform) at the lowest rate at which the square has no aliases. O(n log n) in the width of the band.
 * Source: R. B. Randall, J. Antoni, Mech. Syst. Signal Process. 25(2), 2011, §4.
 */
export function envelopeOf(fourier: Fourier, prepared: Prepared, { lowHz, highHz }: Band): Envelope {
  const { lines, lineHz, rateHz, length } = prepared;
  const first = Math.max(1, Math.round(lowHz / lineHz));
  const last = Math.min(lines.length / 2 - 1, Math.round(highHz / lineHz));
  const width = last - first;
  const size = sizeFor(2 * width);
  const cut = new Float64Array(2 * size);
  const weights = fourier.halfSine(width);
  for (let k = 0; k < width; k++) {
    const weight = weights[k]!;
    cut[2 * k] = lines[2 * (first + k)]! * weight;
    cut[2 * k + 1] = lines[2 * (first + k) + 1]! * weight;
  }
  const analytic = fourier.inverse(cut);
  const bandRateHz = size * lineHz;
  const squares = new Float64Array(Math.floor((length * bandRateHz) / rateHz));
  let sum = 0;
  let sumOfSquares = 0;
  for (let i = 0; i < squares.length; i++) {
    const square = analytic[2 * i]! ** 2 + analytic[2 * i + 1]! ** 2;
    squares[i] = square;
    sum += square;
    sumOfSquares += square * square;
  }
  const mean = sum / squares.length;
  const kurtosis = sumOfSquares / squares.length / (mean * mean);
  return { lowHz: first * lineHz, highHz: last * lineHz, squares, rateHz: bandRateHz, mean, kurtosis };
}

/** The spectrum of a squared envelope, in units of its mean. */
export interface EnvelopeSpectrum extends Band {
  readonly window: 'hann';
  readonly averages: 1;
  /** Depth of modulation at `i * lineHz`: peak amplitude of the squared envelope over its mean. */
  readonly depths: Float64Array;
  readonly lineHz: number;
  /** Half the width of a line's main lobe, Hz. */
  readonly resolutionHz: number;
  readonly kurtosis: number;
}

/** The spectrum of a squared envelope: mean removed, Hann window, one average, depth of modulation as peak amplitude. */
export function envelopeSpectrum(fourier: Fourier, envelope: Envelope): EnvelopeSpectrum {
  const { squares, mean, rateHz, lowHz, highHz, kurtosis } = envelope;
  const count = squares.length;
  const size = sizeFor(count);
  const values = new Float64Array(size);
  const window = fourier.hann(count);
  for (let i = 0; i < count; i++) values[i] = (squares[i]! / mean - 1) * window[i]!;
  const lines = fourier.real(values);
  const depths = new Float64Array(size / 2);
  for (let k = 0; k < depths.length; k++) depths[k] = (4 / count) * Math.hypot(lines[2 * k]!, lines[2 * k + 1]!);
  const resolutionHz = (1.5 * rateHz) / count;
  return { window: 'hann', averages: 1, depths, lineHz: rateHz / size, resolutionHz, lowHz, highHz, kurtosis };
}
