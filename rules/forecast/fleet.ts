import { predict, RidgeSums } from '../math/ridge.ts';

/** The recorded life of one machine that failed: its condition after each reading (condition() of history.ts), the last at its failure. */
export type Life = readonly Float64Array[];

/** Readings that are left, that 10, 50 and 90 % of machines in this condition do not exceed. */
export interface ReadingsLeft {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

/** What the lives of a fleet teach: a health index, and how long machines lived on at each value of it. */
export interface Fleet {
  readonly centre: Float64Array;
  readonly width: Float64Array;
  readonly weights: Float64Array;
  /** Indexes of machines that their own life had no part in, ascending, and what each of them had left. */
  readonly index: Float64Array;
  readonly left: Float64Array;
  /** Readings before a failure from which on it can be seen coming at all. */
  readonly horizon: number;
}

/** Lives that are needed to say how far they scatter. */
export const FEWEST_LIVES = 5;
/** Beyond this share of the median life nothing is to be seen yet: remaining life is learnt no farther. */
const HORIZON_SHARE = 0.65;
/** Weight of the penalty, in machines. */
const PENALTY = 1;
/** Each tenth of the lives is judged by what the other nine teach. */
const FOLDS = 10;
/** Share of all indexes that count as "in this condition", and the fewest. */
const NEIGHBOUR_SHARE = 0.04;
const FEWEST_NEIGHBOURS = 50;

/**
 * Learns remaining life from machines that failed: a quadratic ridge regression of what was left, no farther than the
 * horizon, on the condition gives the health index; its intervals are the lives that other machines of the same index
 * really had, none judged by its own life, so that they hold as well for the next machine.
 * Sources: A. E. Hoerl & R. W. Kennard, Technometrics 12(1), 1970 (ridge); T. Wang et al., A similarity-based prognostics
 * approach, PHM 2008 (piecewise linear target, fleet of lives); V. Vovk, Cross-conformal predictors, AMAI 74, 2015.
 */
export function learnFleet(lives: readonly Life[]): Fleet {
  const lengths = lives.map(({ length }) => length).sort((a, b) => a - b);
  const horizon = Math.round(HORIZON_SHARE * (lengths[lengths.length >> 1] ?? 0));
  const { centre, width } = standardise(lives);
  const fleet = { centre, width };
  const sums = lives.map((life) => {
    const sum = new RidgeSums(2 * centre.length + 1);
    for (const [at, condition] of life.entries()) {
      sum.add(expand(fleet, condition), Math.min(horizon, life.length - 1 - at));
    }
    return sum;
  });
  const solve = (use: (life: number) => boolean) => {
    const total = new RidgeSums(2 * centre.length + 1);
    const used = sums.filter((_, i) => use(i));
    for (const sum of used) total.addAll(sum);
    return total.solve(PENALTY * used.length);
  };
  const judged: [index: number, left: number][] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const weights = solve((i) => i % FOLDS !== fold);
    for (let i = fold; i < lives.length; i += FOLDS) {
      const life = lives[i]!;
      for (const [at, condition] of life.entries()) {
        judged.push([predict(weights, expand(fleet, condition)), life.length - 1 - at]);
      }
    }
  }
  judged.sort(([a], [b]) => a - b);
  return {
    ...fleet,
    weights: solve(() => true),
    index: Float64Array.from(judged, ([index]) => index),
    left: Float64Array.from(judged, ([, left]) => left),
    horizon,
  };
}

/**
 * What a machine in this condition has left; `null` while most machines that looked like it had more than the horizon
 * left: then there is nothing to be seen yet.
 */
export function readingsLeft(fleet: Fleet, condition: Float64Array): ReadingsLeft | null {
  const index = predict(fleet.weights, expand(fleet, condition));
  const count = Math.min(
    fleet.index.length,
    Math.max(FEWEST_NEIGHBOURS, Math.round(NEIGHBOUR_SHARE * fleet.index.length)),
  );
  const middle = firstAtLeast(fleet.index, index);
  const from = Math.max(0, Math.min(fleet.index.length - count, middle - (count >> 1)));
  const left = fleet.left.slice(from, from + count).sort();
  const quantile = (share: number) => left[Math.min(count - 1, Math.floor(share * count))]!;
  const p50 = quantile(0.5);
  return p50 > fleet.horizon ? null : { p10: quantile(0.1), p50, p90: quantile(0.9) };
}

function standardise(lives: readonly Life[]): { centre: Float64Array; width: Float64Array } {
  const features = lives[0]?.[0]?.length ?? 0;
  const centre = new Float64Array(features);
  const width = new Float64Array(features);
  for (let i = 0; i < features; i++) {
    const values = lives.flatMap((life) => life.map((condition) => condition[i]!).filter(Number.isFinite));
    const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length);
    centre[i] = mean;
    // a channel that never moves says nothing, and rounding is no movement
    width[i] = Math.sqrt(variance) > 1e-9 * (1 + Math.abs(mean)) ? Math.sqrt(variance) : 0;
  }
  return { centre, width };
}

/** 1, the standardised condition, and its squares: wear bends. */
function expand({ centre, width }: Pick<Fleet, 'centre' | 'width'>, condition: Float64Array): Float64Array {
  const n = centre.length;
  const row = new Float64Array(2 * n + 1);
  row[0] = 1;
  for (let i = 0; i < n; i++) {
    const value = condition[i]!;
    const z = width[i] === 0 || !Number.isFinite(value) ? 0 : (value - centre[i]!) / width[i]!;
    row[1 + i] = z;
    row[1 + n + i] = z * z;
  }
  return row;
}

function firstAtLeast(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
