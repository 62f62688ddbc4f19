/** What the Mann-Kendall test says of a series. */
export interface MannKendall {
  /** Pairs that rise less pairs that fall. */
  readonly score: number;
  /** Of `score` when there is no trend: ties and autocorrelation are in it. */
  readonly variance: number;
  /** Standard normal when there is no trend; continuity-corrected. */
  readonly z: number;
}

/**
 * The Mann-Kendall test for a monotonic trend, with ties, its variance made larger by the autocorrelation that the
 * series has beside its trend (`slope` per step of `xs`, ascending). Values that follow each other closely are fewer
 * than they look; a factor below 1 is not used. O(n²).
 * Sources: H. B. Mann, Econometrica 13(3), 1945; M. G. Kendall, Rank Correlation Methods, 1975; K. H. Hamed & A. R. Rao,
 * J. Hydrology 204, 1998 (autocorrelation).
 */
export function mannKendall(xs: ArrayLike<number>, values: ArrayLike<number>, slope: number): MannKendall {
  const score = scoreOf(values);
  const variance = tiedVariance(values) * autocorrelationFactor(xs, values, slope);
  const z = variance > 0 && score !== 0 ? (score - Math.sign(score)) / Math.sqrt(variance) : 0;
  return { score, variance, z };
}

/**
 * False when no autocorrelation can make the series a trend at `sigmas`: what most series of a well machine are, for a
 * twentieth of the work.
 */
export function mayTrend(values: ArrayLike<number>, sigmas: number): boolean {
  return Math.abs(scoreOf(values)) > sigmas * Math.sqrt(tiedVariance(values));
}

function scoreOf(values: ArrayLike<number>): number {
  let score = 0;
  for (let i = 0; i < values.length; i++) {
    for (let k = i + 1; k < values.length; k++) score += Math.sign(values[k]! - values[i]!);
  }
  return score;
}

/** Variance of the score of independent values, of which some are equal. */
function tiedVariance(values: ArrayLike<number>): number {
  const n = values.length;
  const sorted = Float64Array.from(values).sort();
  let sum = n * (n - 1) * (2 * n + 5);
  for (let from = 0; from < n; ) {
    let to = from + 1;
    while (to < n && sorted[to] === sorted[from]) to++;
    const ties = to - from;
    sum -= ties * (ties - 1) * (2 * ties + 5);
    from = to;
  }
  return sum / 18;
}

/** Two-sided 5 %: a smaller correlation of a lag counts as none. */
const SIGNIFICANT = 1.96;

function autocorrelationFactor(xs: ArrayLike<number>, values: ArrayLike<number>, slope: number): number {
  const n = values.length;
  if (n < 4) return 1;
  const ranks = rank(Float64Array.from(values, (value, i) => value - slope * xs[i]!));
  const mean = (n + 1) / 2;
  let variance = 0;
  for (const each of ranks) variance += (each - mean) ** 2;
  if (variance === 0) return 1;
  let sum = 0;
  for (let lag = 1; lag < n - 2; lag++) {
    let product = 0;
    for (let i = 0; i + lag < n; i++) product += (ranks[i]! - mean) * (ranks[i + lag]! - mean);
    const correlation = product / variance;
    if (Math.abs(correlation) > SIGNIFICANT / Math.sqrt(n)) {
      sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation;
    }
  }
  return Math.max(1, 1 + (2 * sum) / (n * (n - 1) * (n - 2)));
}

/** 1 for the smallest; equal values share the mean of their ranks. */
function rank(values: Float64Array): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
}
