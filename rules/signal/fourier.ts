import FFT from 'fft.js';
import { halfSine, hann } from './hann.ts';

/** More would be 32 MiB a plan; a longer waveform is analysed in segments. */
export const MAX_FFT_SIZE = 1_048_576;

/** The smallest power of two that is not below `length`. */
export function sizeFor(length: number): number {
  let size = 2;
  while (size < length) size *= 2;
  return size;
}

/**
 * Fourier transforms of any power of two up to `MAX_FFT_SIZE`: keeps the tables of each size it was asked for, so one of it
 * serves many waveforms. Complex arrays are interleaved (`re0, im0, re1, im1, …`). O(n log n).
 */
export class Fourier {
  readonly #plans = new Map<number, FFT>();
  readonly #hanns = new Map<number, Float64Array>();
  readonly #halfSines = new Map<number, Float64Array>();

  /** X[k] = Σ x[n]·e^(−2πikn/N) for k = 0 … N/2, interleaved: `Float64Array[N + 2]`. `values.length` is a power of two. */
  real(values: Float64Array): Float64Array {
    const out = new Float64Array(2 * values.length);
    this.#plan(values.length).realTransform(out, values);
    // fft.js leaves the line at half the rate to the part that is filled from symmetry.
    let nyquist = 0;
    for (let i = 0; i < values.length; i += 2) nyquist += values[i]! - values[i + 1]!;
    out[values.length] = nyquist;
    out[values.length + 1] = 0;
    return out.subarray(0, values.length + 2);
  }

  /** x[n] = 1/N · Σ X[k]·e^(2πikn/N); both sides complex. `spectrum.length` is twice a power of two. */
  inverse(spectrum: Float64Array): Float64Array {
    const out = new Float64Array(spectrum.length);
    this.#plan(spectrum.length / 2).inverseTransform(out, spectrum);
    return out;
  }

  /** The window of hann.ts. Not to be written to. */
  hann(length: number): Float64Array {
    return kept(this.#hanns, length, hann);
  }

  /** The weights of hann.ts. Not to be written to. */
  halfSine(length: number): Float64Array {
    return kept(this.#halfSines, length, halfSine);
  }

  #plan(size: number): FFT {
    let plan = this.#plans.get(size);
    if (plan === undefined) {
      if (size > MAX_FFT_SIZE) throw new RangeError(`a transform of ${size} points is above ${MAX_FFT_SIZE}`);
      plan = new FFT(size);
      this.#plans.set(size, plan);
    }
    return plan;
  }
}

/** Keeps powers of two, of which there are few; anything may be asked for. */
function kept(tables: Map<number, Float64Array>, length: number, make: (length: number) => Float64Array): Float64Array {
  const found = tables.get(length);
  if (found !== undefined) return found;
  const made = make(length);
  if (sizeFor(length) === length) tables.set(length, made);
  return made;
}

/** The samples less their mean, with zeros behind them up to a power of two. */
export function padded(samples: ArrayLike<number>): Float64Array {
  const out = new Float64Array(sizeFor(samples.length));
  const mean = meanOf(samples);
  for (let i = 0; i < samples.length; i++) out[i] = samples[i]! - mean;
  return out;
}

/** Arithmetic mean. */
export function meanOf(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]!;
  return sum / samples.length;
}
