/** How readings and limits share the height of a picture. */
export interface Fit {
  /** Least share of the height the readings keep when a distant limit is taken into view. */
  readonly readingsShare: number;
  /** Least height, as a share of the values on it: the noise of a steady value must not look like a mountain range. */
  readonly leastSpan: number;
}

/** For a chart, which is there to be read in detail. */
export const CHART_FIT: Fit = { readingsShare: 0.12, leastSpan: 0.04 };

/** For a small trend, which is there to show direction and distance. */
export const TREND_FIT: Fit = { readingsShare: 0.03, leastSpan: 0.2 };

/**
 * Chooses what a chart shows from bottom to top: the readings, and every limit that can be shown without squeezing them
 * into a flat line. So "how far from the limit" is seen wherever that is a fair picture. `null` when there is nothing to show.
 */
export function scaleRange(
  values: Iterable<number | null>,
  limits: readonly number[],
  fit: Fit,
): [low: number, high: number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) {
    if (limits.length === 0) return null;
    low = Math.min(...limits);
    high = Math.max(...limits);
  }
  // A tag that is nothing but 0 has no size of its own.
  const own = high === 0 && low === 0 ? 1 : Math.abs(high) * fit.leastSpan;
  const least = Math.max(high - low, own, 1e-9);
  const middle = (low + high) / 2;
  // Nearest first: a limit that is out of reach must not keep a nearer one out.
  for (const limit of [...limits].sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))) {
    const wouldSpan = Math.max(high, limit) - Math.min(low, limit);
    if (least / wouldSpan < fit.readingsShare) break;
    low = Math.min(low, limit);
    high = Math.max(high, limit);
  }
  const pad = Math.max((high - low) * 0.08, (least - (high - low)) / 2);
  return [low - pad, high + pad];
}
