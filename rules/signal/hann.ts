/**
 * Hann window of `length` points, periodic. Its coherent gain is 1/2 and its equivalent noise bandwidth 1.5 lines: an
 * amplitude is divided by the first, a power by both.
 * Source: F. J. Harris, Proc. IEEE 66(1), 1978, table 1.
 */
export function hann(length: number): Float64Array {
  const window = new Float64Array(length);
  const step = (2 * Math.PI) / length;
  for (let i = 0; i < length; i++) window[i] = 0.5 - 0.5 * Math.cos(step * i);
  return window;
}

/** Half a sine over `length` lines, which cuts a band out of a spectrum without an edge that rings. */
export function halfSine(length: number): Float64Array {
  const weights = new Float64Array(length);
  const step = Math.PI / length;
  for (let i = 0; i < length; i++) weights[i] = Math.sin(step * (i + 0.5));
  return weights;
}

/** Mean of the window. */
export const HANN_COHERENT_GAIN = 0.5;
/** Equivalent noise bandwidth, lines. */
export const HANN_NOISE_LINES = 1.5;
