import { allanVariance } from './allan-variance.ts';
import { type MannKendall, mannKendall } from './mann-kendall.ts';
import { median } from './robust.ts';

/** A straight line through a series that a few wild values do not turn; per step of x. */
export interface RobustLine {
  readonly slope: number;
  /** Bounds of the slope at the confidence asked for. */
  readonly low: number;
  readonly high: number;
  /** Value of the line at the first and at the last x. */
  readonly first: number;
  readonly last: number;
  /** Standard deviation of the values about the line, and the variance by which its level wanders in a step. */
  readonly scatter: number;
  readonly wander: number;
  readonly test: MannKendall;
}

/** Blocks of this many values show whether the level wanders, of at least six. */
const WANDER_BLOCKS = 6;
/** Standard deviations of an Allan variance, which is √2 to √3 by the root of its blocks, that are chance. */
const CHANCE = 1.5;

/**
 * Theil-Sen: the median of the slopes of all pairs, with the interval that the Mann-Kendall score's variance gives at
 * `sigmas` normal standard deviations. What a level that wanders like a random walk does to a slope, 6q/(5n), widens
 * the interval: without it every walk is a trend. `xs` ascends. O(n² log n), n up to a hundred.
 * Sources: H. Theil, Proc. KNAW 53, 1950; P. K. Sen, J. Amer. Statist. Assoc. 63, 1968 (interval);
 * S. N. Durlauf & P. C. B. Phillips, Econometrica 56(6), 1988 (slope of a random walk).
 */
export function robustLine(xs: ArrayLike<number>, values: ArrayLike<number>, sigmas: number): RobustLine {
  const n = values.length;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let pair = 0;
  for (let i = 0; i < n; i++) {
    for (let k = i + 1; k < n; k++) slopes[pair++] = (values[k]! - values[i]!) / (xs[k]! - xs[i]!);
  }
  slopes.sort();
  const slope = (slopes[(pair - 1) >> 1]! + slopes[pair >> 1]!) / 2;
  const test = mannKendall(xs, values, slope);
  const residuals = Float64Array.from(values, (value, i) => value - slope * (xs[i]! - xs[0]!));
  const first = median(residuals);
  for (let i = 0; i < n; i++) residuals[i]! -= first;
  const wander = wanderOf(residuals);
  const byWander = sigmas * Math.sqrt((6 * wander) / (5 * (xs[n - 1]! - xs[0]! + 1)));
  const apart = sigmas * Math.sqrt(test.variance);
  const at = (place: number) => slopes[Math.min(pair - 1, Math.max(0, Math.round(place)))]!;
  const low = slope - Math.hypot(slope - at((pair - apart) / 2 - 1), byWander);
  const high = slope + Math.hypot(at((pair + apart) / 2) - slope, byWander);
  const last = first + slope * (xs[n - 1]! - xs[0]!);
  return { slope, low, high, first, last, scatter: deviation(residuals), wander, test };
}

/** True when the series rises or falls for certain, at the confidence of its interval. */
export function isTrend({ low, high, test }: RobustLine, sigmas: number): boolean {
  return (low > 0 || high < 0) && Math.abs(test.z) > sigmas;
}

/**
 * Variance of a random walk's step, from what blocks scatter more than the noise of single values explains. Of few blocks
 * the scatter itself is uncertain: what may be chance does not count.
 */
function wanderOf(residuals: Float64Array): number {
  const noise = allanVariance(residuals, 1);
  let most = 0;
  for (let width = 2; residuals.length / width >= WANDER_BLOCKS; width *= 2) {
    const byChance = 1 + CHANCE / Math.sqrt(Math.floor(residuals.length / width));
    most = Math.max(most, ((allanVariance(residuals, width) - (noise / width) * byChance) * 3) / width);
  }
  return most;
}

function deviation(residuals: Float64Array): number {
  let squares = 0;
  for (const residual of residuals) squares += residual * residual;
  return Math.sqrt(squares / Math.max(1, residuals.length - 2));
}
