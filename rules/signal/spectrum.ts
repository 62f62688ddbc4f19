import { type Fourier, meanOf, sizeFor } from './fourier.ts';
import { HANN_COHERENT_GAIN, HANN_NOISE_LINES } from './hann.ts';

/** Whether a line is a root mean square or the peak of its sine. */
export type AmplitudeConvention = 'rms' | 'peak';

/** An averaged spectrum that says how it was made, so that another instrument can be compared with it. */
export interface Spectrum {
  readonly window: 'hann';
  /** Distance of two lines, Hz. */
  readonly lineHz: number;
  readonly averages: number;
  /** 0..1. */
  readonly overlap: number;
  /** UCUM code of `amplitudes`. */
  readonly unit: string;
  readonly convention: AmplitudeConvention;
  /** Amplitude at `i * lineHz`, from 0 Hz to half the rate. */
  readonly amplitudes: Float64Array;
}

/** How a spectrum is made. */
export interface SpectrumOptions {
  readonly rateHz: number;
  readonly unit: string;
  readonly convention: AmplitudeConvention;
  /** Lines above 0 Hz, a power of two; without: as many as one segment of the samples gives. */
  readonly lines?: number;
}

const OVERLAP = 0.5;

/**
 * Amplitude spectrum by Welch's method: mean removed, segments of `2 * lines` samples that overlap by half, Hann window,
 * powers averaged. A sine reads its amplitude on the line nearest to it, 15 % less half-way between two. O(n log lines).
 * Source: P. D. Welch, IEEE Trans. Audio Electroacoust. 15(2), 1967.
 */
export function spectrumOf(fourier: Fourier, samples: ArrayLike<number>, options: SpectrumOptions): Spectrum {
  const { rateHz, unit, convention } = options;
  const size = segmentOf(samples.length, options.lines);
  const { powers, averages } = welch(fourier, samples, size);
  const amplitudes = powers.map((power, k) => {
    const isOneSided = k === 0 || k === size / 2; // their mirror image is themselves
    const peak = ((isOneSided ? 1 : 2) * Math.sqrt(power)) / (size * HANN_COHERENT_GAIN);
    return convention === 'peak' || isOneSided ? peak : peak * Math.SQRT1_2;
  });
  return { window: 'hann', lineHz: rateHz / size, averages, overlap: OVERLAP, unit, convention, amplitudes };
}

/** Says how a spectrum was made. */
export function saySpectrum({ window, amplitudes, lineHz, averages, overlap, unit, convention }: Spectrum): string {
  const lines = amplitudes.length - 1;
  const name = convention === 'rms' ? 'RMS' : 'peak';
  return `${window} window, ${lines} lines of ${Number(lineHz.toPrecision(4))} Hz, ${averages} averages with ${100 * overlap} % overlap, ${unit} ${name}`;
}

/** Root mean square of what a spectrum holds between two frequencies, in its unit. */
export function bandRms(spectrum: Spectrum, lowHz: number, highHz: number): number {
  const { amplitudes, lineHz, convention } = spectrum;
  const first = Math.max(1, Math.ceil(lowHz / lineHz));
  const last = Math.min(amplitudes.length - 1, Math.floor(highHz / lineHz));
  let sum = 0;
  for (let k = first; k <= last; k++) sum += amplitudes[k]! ** 2;
  return Math.sqrt(sum / (convention === 'peak' ? 2 : 1) / HANN_NOISE_LINES);
}

/** Turns a spectrum of acceleration in m/s² into one of velocity in mm/s: each line over 2πf. What is below `fromHz` is cut. */
export function velocitySpectrum(acceleration: Spectrum, fromHz: number): Spectrum {
  const { lineHz } = acceleration;
  const amplitudes = acceleration.amplitudes.map((a, k) =>
    k === 0 || k * lineHz < fromHz ? 0 : (1_000 * a) / (2 * Math.PI * k * lineHz),
  );
  return { ...acceleration, unit: 'mm/s', amplitudes };
}

function segmentOf(length: number, lines: number | undefined): number {
  const size = sizeFor(length);
  const largest = size > length ? size / 2 : size;
  return lines === undefined ? largest : Math.min(largest, 2 * lines);
}

/** Mean over the segments of |X[k]|² for k = 0 … size/2, with the Hann window and no scaling. */
function welch(
  fourier: Fourier,
  samples: ArrayLike<number>,
  size: number,
): { readonly powers: Float64Array; readonly averages: number } {
  const window = fourier.hann(size);
  const mean = meanOf(samples);
  const segment = new Float64Array(size);
  const powers = new Float64Array(size / 2 + 1);
  const step = size * (1 - OVERLAP);
  let averages = 0;
  for (let from = 0; from + size <= samples.length; from += step) {
    for (let i = 0; i < size; i++) segment[i] = (samples[from + i]! - mean) * window[i]!;
    const lines = fourier.real(segment);
    for (let k = 0; k < powers.length; k++) powers[k]! += lines[2 * k]! ** 2 + lines[2 * k + 1]! ** 2;
    averages += 1;
  }
  for (let k = 0; k < powers.length; k++) powers[k]! /= averages;
  return { powers, averages };
}
