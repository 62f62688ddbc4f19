/**
 * Allan variance: half the mean square difference of the means of neighbouring blocks of `width` values. It falls as
 * 1/width for white noise and grows as width for a random walk, so that two widths tell the one from the other where
 * the ordinary variance cannot.
 * Source: D. W. Allan, Proc. IEEE 54(2), 1966; IEEE Std 952-1997, annex C. 0 when there are fewer than two blocks.
 */
export function allanVariance(values: ArrayLike<number>, width: number): number {
  const blocks = Math.floor(values.length / width);
  let previous = 0;
  let squares = 0;
  for (let block = 0; block < blocks; block++) {
    let sum = 0;
    for (let i = block * width; i < (block + 1) * width; i++) sum += values[i]!;
    const mean = sum / width;
    if (block > 0) squares += (mean - previous) ** 2;
    previous = mean;
  }
  return blocks < 2 ? 0 : squares / (2 * (blocks - 1));
}

/** What kind of noise a signal is, seen at the longest blocks that a sample has enough of. */
export interface Wander {
  /** Growth of the Allan deviation with the width: -0.5 white noise, 0 flicker, 0.5 random walk. */
  readonly exponent: number;
  /**
   * Values after which the level of a local-level model has followed half of a step, from the ratio of the random walk's
   * variance to the noise (Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989, §2.1).
   */
  readonly memory: number;
}

/** Fewer blocks than this say nothing about their variance. */
const FEWEST_BLOCKS = 6;
const LONGEST_BLOCK = 128;

/** Tells a signal that keeps its level from one that wanders. */
export function measureWander(values: ArrayLike<number>): Wander {
  let width = 4;
  while (width * 2 <= LONGEST_BLOCK && values.length / (width * 2) >= FEWEST_BLOCKS) width *= 2;
  const long = allanVariance(values, width);
  const short = allanVariance(values, width / 4);
  if (!(long > 0) || !(short > 0)) return { exponent: -0.5, memory: Number.POSITIVE_INFINITY };
  const exponent = (0.5 * Math.log(long / short)) / Math.log(4);
  const noise = allanVariance(values, 1);
  // a random walk of step variance q has the Allan variance q·width/3
  const walk = (Math.max(0, long - noise / width) * 3) / width;
  return { exponent, memory: walk > 0 ? Math.sqrt(noise / walk) : Number.POSITIVE_INFINITY };
}
