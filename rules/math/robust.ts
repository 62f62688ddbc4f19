/** The middle of a sample, the mean of the two middle values when their number is even; NaN of an empty one. O(n log n). */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  return n === 0 ? Number.NaN : (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2;
}

/** Makes a median absolute deviation the standard deviation of a normal sample (Rousseeuw & Croux, JASA 88, 1993). */
const NORMAL_CONSISTENCY = 1.4826;

/**
 * Middle and width of a sample that a few wild values do not move. The width is the median absolute deviation, but not
 * below half the standard deviation: a signal of few levels (a counter, a coarse sensor) has a median deviation of 0 and
 * still moves.
 */
export function robustScale(values: ArrayLike<number>): RobustScale {
  const centre = median(values);
  const deviations = Float64Array.from(values, (value) => Math.abs(value - centre));
  let squares = 0;
  for (const deviation of deviations) squares += deviation * deviation;
  const spread = Math.sqrt(squares / Math.max(1, deviations.length));
  const inner = NORMAL_CONSISTENCY * median(deviations);
  return { centre, width: Math.max(inner, 0.5 * spread), inner };
}

/** Middle and width of a sample, and the width that its wild values do not touch at all: 0 where more than half are the same. */
export interface RobustScale {
  readonly centre: number;
  readonly width: number;
  readonly inner: number;
}

/** Mean and standard deviation of a sample, in one pass without sorting: what a bound on `robustScale` may be had from. O(n). */
export function plainScale(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  let [mean, squares] = [0, 0];
  for (const [index, value] of values.entries()) {
    const before = value - mean;
    mean += before / (index + 1);
    squares += before * (value - mean);
  }
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length)) };
}

/** `value`, but no farther from 0 than `bound`. */
export function clip(value: number, bound: number): number {
  return value > bound ? bound : value < -bound ? -bound : value;
}
