import { Type } from 'typebox';
import { duration, type EpochMs } from './detector.ts';

/** The settings by which noise is learnt and averaged, in the plant file: those of `NoiseSettings`. */
export const NOISE_SETTINGS = {
  window: Type.Integer({
    minimum: 10,
    maximum: 1_000,
    default: 30,
    description: 'Readings over which the present noise is averaged.',
  }),
  learn: Type.Integer({
    minimum: 50,
    default: 500,
    description: 'Readings to learn the usual noise from. The sensor must be well and the machine at work meanwhile.',
  }),
  gap: Type.Unsafe<number>(
    duration({ minimum: '1s', default: '5m', description: 'Two readings farther apart than this are not compared.' }),
  ),
};

/**
 * How much a signal scatters from one reading to the next, and how much is usual; plain JSON. `learnt`, `present`: mean absolute difference,
 * tag unit. `differences`: how many were learnt from. `before`: the reading before, `null` when there is none to compare with.
 */
export interface NoiseLevel {
  before: number | null;
  last: EpochMs;
  differences: number;
  learnt: number;
  present: number;
}

/** As the settings of a detector are called: readings of the present mean, differences to learn from, and how far apart two may be, ms. */
export interface NoiseSettings {
  readonly window: number;
  readonly learn: number;
  readonly gap: number;
}

/** Mean absolute difference of two normal readings, in standard deviations of one: 2/√π. */
export const D2 = 2 / Math.sqrt(Math.PI);

/** While learning, one difference counts at most this many times the mean of those before, so that one spike does not set the normal. */
const MOST_OF_ONE = 10;
/** Fewest differences whose mean may bound the next. */
const FEW = 10;

/** Nothing has come yet. */
export function startNoise(): NoiseLevel {
  return { before: null, last: 0, differences: 0, learnt: 0, present: 0 };
}

/**
 * Takes in a reading; answers the present noise in shares of the learnt one, `null` while it learns and where nothing moved then. One
 * difference counts for `mostOfOne` times the learnt noise at most.
 * Source: J. von Neumann, R. H. Kent, H. R. Bellinson & B. I. Hart, Ann. Math. Statist. 12(2), 1941 (successive differences).
 */
export function hearNoise(
  level: NoiseLevel,
  at: EpochMs,
  value: number,
  { window, learn, gap, mostOfOne = Number.POSITIVE_INFINITY }: NoiseSettings & { readonly mostOfOne?: number },
): number | null {
  const difference = level.before === null || at - level.last > gap ? null : Math.abs(value - level.before);
  level.before = value;
  level.last = at;
  if (level.differences < learn) {
    if (difference !== null) learnFrom(level, difference);
    return null;
  }
  if (level.learnt === 0) return null;
  if (difference !== null) {
    level.present += (2 / (window + 1)) * (Math.min(difference, mostOfOne * level.learnt) - level.present);
  }
  return level.present / level.learnt;
}

function learnFrom(level: NoiseLevel, difference: number): void {
  const isBounded = level.differences >= FEW && level.learnt > 0;
  const counted = isBounded ? Math.min(difference, MOST_OF_ONE * level.learnt) : difference;
  level.differences++;
  level.learnt += (counted - level.learnt) / level.differences;
  level.present = level.learnt;
}
