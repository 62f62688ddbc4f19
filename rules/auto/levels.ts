import { allanVariance } from '../math/allan-variance.ts';
import { clip } from '../math/robust.ts';
import type { Lags } from './lag.ts';
import { type Model, TUNING } from './model.ts';
import { awayOf } from './sides.ts';

/**
 * Chart of levels that are followed: how far one has gone from where it was learnt, beside how far it went while it was. Without it a
 * channel that wanders would take every slow fault along. Every list has one number for each channel, in units of the residual.
 */
export interface Levels {
  /** Residual smoothed over `memory` readings. */
  readonly slow: number[];
  /** Standard deviation, about what the rest taught, of the means of blocks that were left out. */
  readonly spread: number[];
  /** How the spread grows with the time: 0 comes back to its level, 0.5 is a random walk. */
  readonly growth: number[];
  /** Readings in a block. */
  readonly block: number;
  /** Readings since it was learnt. */
  age: number;
}

/** What blocks that are left out tell of the levels; plain data, by channel. */
export interface LeftOutLevels {
  /** By channel and block, the mean. */
  readonly means: number[][];
  /** Sum over the blocks of the Allan variance of their quarters. */
  readonly quarters: number[];
}

/** Nothing left out yet. */
export function startLeftOutLevels(channels: number): LeftOutLevels {
  return { means: Array.from({ length: channels }, () => []), quarters: new Array<number>(channels).fill(0) };
}

/** Takes in the residuals of one block, by channel, by a basis that was not learnt from it. */
export function addLeftOut({ means, quarters }: LeftOutLevels, residuals: readonly Float64Array[]): void {
  for (const [i, values] of residuals.entries()) {
    means[i]!.push(meanOf(values));
    quarters[i]! += allanVariance(values, Math.max(1, Math.floor(values.length / 4)));
  }
}

/**
 * The chart for channels whose smoothed residual ended at `ended`, learnt from so many `readings`. What its load explains with a lag is no
 * random walk, however slowly its cooling strays: it has a level to return to.
 */
export function fitLevels(
  { means, quarters }: LeftOutLevels,
  ended: readonly number[],
  { readings, lags }: { readonly readings: number; readonly lags?: Lags | undefined },
): Levels {
  const spread = means.map((each) => Math.sqrt(meanOf(each.map((mean) => mean ** 2))));
  const growth = means.map((each, i) =>
    lags ? 0 : growthOf(quarters[i]! / Math.max(1, each.length), allanVariance(each, 1)),
  );
  return { slow: [...ended], spread, growth, block: readings / TUNING.folds, age: 0 };
}

/**
 * Moves the chart on by one reading of the channels that wander, and says by channel how far each is as a share of its limit. What is
 * beyond it is held near, so that it comes back soon.
 */
export function advanceLevels(model: Model, residual: Float64Array): Float64Array {
  const { levels, wanders, limit } = model;
  const ratios = new Float64Array(residual.length);
  if (!levels) return ratios;
  levels.age++;
  for (let i = 0; i < residual.length; i++) {
    const bound = wanders[i] ? levelBound(levels, i, limit) : 0;
    if (bound === 0) continue; // it is not followed, or did not move while it was learnt
    const slow = levels.slow[i]! + (residual[i]! - levels.slow[i]!) / levelMemory(levels);
    ratios[i] = awayOf(model.sides, i, slow) / bound;
    levels.slow[i] = clip(slow, TUNING.saturation * bound);
  }
  return ratios;
}

/** How far from where it was learnt a level may be by now. */
export function levelBound({ spread, growth, block, age }: Levels, channel: number, limit: number): number {
  return TUNING.levelLimit * limit * spread[channel]! * (1 + age / block) ** growth[channel]!;
}

/** Readings over which the chart smooths: of white noise that has the variance of a block's mean. */
export function levelMemory({ block }: Levels): number {
  return (block + 1) / 2;
}

/** The exponent of the Allan deviation from quarters of blocks to blocks (Allan 1966): what goes on beyond them. */
function growthOf(short: number, long: number): number {
  if (!(short > 0) || !(long > 0)) return 0;
  return Math.min(0.5, Math.max(0, (0.5 * Math.log(long / short)) / Math.log(4)));
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
}
