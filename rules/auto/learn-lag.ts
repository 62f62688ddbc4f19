import type { EpochMs } from '../detector.ts';
import { predict, RidgeSums } from '../math/ridge.ts';
import { clip, median, type RobustScale, robustScale } from '../math/robust.ts';
import { FIRST_VALUES, type Lag, type Lags, startLags } from './lag.ts';
import type { Side } from './sides.ts';

/** The lags that all rows teach, and those without each block of the rows. */
export interface LearntLags {
  readonly whole: Lags;
  readonly without: readonly Lags[];
}

/** Time constants that are tried, in readings: up to two thirds of what the slowest chart looks back. */
const TRIED = Array.from({ length: 12 }, (_, i) => 2 ** (i / 2));
/** A lag is believed when its errors, on blocks that did not teach it, are smaller than those of what is explained at once by this share. */
const LEAST_GAIN = 0.5;
/** Only rows count in which this much at most is left of the value that the channel began with: near it any model is right. */
const FORGOTTEN = 0.25;
/** And they must be this share of all: a machine that runs for less than its time constant tells nothing of it. */
const LEAST_SHARE = 0.5;
/** A value beyond this many widths says nothing of the lag: a machine that is cold is nearer. */
const MOST_WIDTHS = 20;
/** Penalty on the weights, as a share of the rows. */
const RIDGE = 1e-3;

/** What a lag is learnt from: `rows[i]`, one value for each channel, at `times[i]`. */
export interface LaggedRows {
  readonly rows: readonly Float64Array[];
  readonly times: readonly EpochMs[];
  readonly sides: readonly Side[];
  readonly folds: number;
}

/**
 * Finds the channels that follow those of side `none` with a time constant, by least squares on the course that a first-order lag takes from
 * where the channel was after each hole (output error, Ljung, System Identification, 1999, §4.3), for each of some time constants, judged on blocks
 * that were left out (Stone, J. R. Stat. Soc. B 36(2), 1974). `null` when there is none. O(rows · channels · given²).
 */
export function learnLags(learnt: LaggedRows): LearntLags | null {
  const { rows, times, sides, folds } = learnt;
  const given = sides.flatMap((side, i) => (side === 'none' ? [i] : []));
  if (given.length === 0 || rows.length < folds) return null;
  const usualMs = median(times.slice(1).map((at, i) => at - times[i]!));
  if (!(usualMs > 0)) return null;
  const scales = sides.map((_, i) => robustScale(rows.map((row) => row[i]!).filter(Number.isFinite)));
  const holeMs = startLags({ given, of: [], middle: [], usualMs }).holeMs;
  const found = sides.map((side, channel) =>
    side === 'none' || !(scales[channel]!.width > 0)
      ? null
      : learnLag({ learnt, channel, given, scales, usualMs, holeMs }),
  );
  if (found.every((each) => each === null)) return null;
  const middle = scales.map(({ centre }) => (Number.isFinite(centre) ? centre : 0));
  const start = (of: (Lag | null)[]) => startLags({ given, of, middle, usualMs });
  return {
    whole: start(found.map((each) => each?.whole ?? null)),
    without: Array.from({ length: folds }, (_, fold) => start(found.map((each) => each?.without[fold] ?? null))),
  };
}

interface Task {
  readonly learnt: LaggedRows;
  readonly channel: number;
  readonly given: readonly number[];
  readonly scales: readonly RobustScale[];
  readonly usualMs: number;
  readonly holeMs: number;
}

interface Learnt {
  readonly whole: Lag;
  readonly without: readonly Lag[];
}

function learnLag(task: Task): Learnt | null {
  const { learnt, usualMs } = task;
  let best: { readonly learnt: Learnt; readonly gain: number } | null = null;
  for (const readings of TRIED) {
    const lagMs = readings * usualMs;
    const course = walk(task, lagMs);
    if (course.filter(({ counts }) => counts).length < LEAST_SHARE * learnt.rows.length) continue;
    const lagged = judge(course, learnt.folds, ({ lagged: row, target }) => ({ row, target }));
    const plain = judge(course, learnt.folds, ({ plain: row, value }) => ({ row, target: value }));
    const gain = 1 - lagged.error / plain.error;
    if (gain < LEAST_GAIN || (best && gain <= best.gain)) continue;
    const lagOf = (weights: Float64Array) => ({ lagMs, weights: inUnits(task, weights) });
    best = { learnt: { whole: lagOf(lagged.whole), without: lagged.without.map(lagOf) }, gain };
  }
  return best?.learnt ?? null;
}

/** One row on the course of a channel. */
interface Met {
  /** 1 and the tags that explain, standardised: as they are, and through the lag since the channel began. */
  readonly plain: Float64Array;
  readonly lagged: Float64Array;
  /** The value, and what of it is not left from where the channel began. */
  readonly value: number;
  readonly target: number;
  readonly fold: number;
  readonly counts: boolean;
}

/** The rows that can teach a lag of `lagMs`, in order. */
function walk({ learnt, channel, given, scales, holeMs }: Task, lagMs: number): Met[] {
  const { rows, times, folds } = learnt;
  const met: Met[] = [];
  let lagged = new Float64Array(1 + given.length);
  let first: number[] = [];
  let [began, left, before] = [Number.NaN, 1, Number.NaN];
  for (const [at, row] of rows.entries()) {
    const plain = Float64Array.of(1, ...given.map((each) => standardised(row[each]!, scales[each]!)));
    if (plain.some(Number.isNaN)) continue;
    const now = times[at]!;
    const value = within(row[channel]!, scales[channel]!);
    if (now - before > holeMs) {
      lagged = new Float64Array(1 + given.length);
      [first, began, left] = [[], Number.NaN, 1];
    }
    const kept = Math.exp(-(now - before) / lagMs);
    before = now;
    if (Number.isNaN(began)) {
      if (Number.isFinite(value)) first.push(value);
      if (first.length < FIRST_VALUES) continue;
      began = median(first); // of what warms up the one before this
    }
    left *= kept;
    for (let j = 0; j < lagged.length; j++) lagged[j]! += (1 - kept) * (plain[j]! - lagged[j]!);
    if (Number.isNaN(value)) continue;
    met.push({
      plain,
      lagged: Float64Array.from(lagged),
      value,
      target: value - left * began,
      fold: Math.floor((at * folds) / rows.length),
      counts: left <= FORGOTTEN,
    });
  }
  return met;
}

/** Weights that all rows teach and those without each block, and the mean error on the blocks that were left out. */
function judge(
  course: readonly Met[],
  folds: number,
  see: (met: Met) => { readonly row: Float64Array; readonly target: number },
) {
  const width = course[0]!.plain.length;
  const blocks = Array.from({ length: folds }, () => new RidgeSums(width));
  for (const met of course) {
    const { row, target } = see(met);
    blocks[met.fold]!.add(row, target);
  }
  const solveWithout = (left: number | null) => {
    const sums = new RidgeSums(width);
    for (const [fold, block] of blocks.entries()) if (fold !== left) sums.addAll(block);
    return sums.solve(RIDGE * course.length);
  };
  const without = blocks.map((_, fold) => solveWithout(fold));
  let [squares, count] = [0, 0];
  for (const met of course) {
    if (!met.counts) continue;
    const { row, target } = see(met);
    squares += (target - predict(without[met.fold]!, row)) ** 2;
    count++;
  }
  return { whole: solveWithout(null), without, error: Math.sqrt(squares / Math.max(1, count)) };
}

/** Weights of standardised tags as weights of tags. */
function inUnits({ given, scales }: Task, weights: Float64Array): number[] {
  const slopes = given.map((each, j) => (scales[each]!.width > 0 ? weights[1 + j]! / scales[each]!.width : 0));
  const constant = given.reduce((sum, each, j) => sum - slopes[j]! * scales[each]!.centre, weights[0]!);
  return [constant, ...slopes];
}

function standardised(value: number, { centre, width }: RobustScale): number {
  if (!Number.isFinite(value)) return Number.NaN;
  return width > 0 ? clip((value - centre) / width, MOST_WIDTHS) : 0;
}

function within(value: number, { centre, width, inner }: RobustScale): number {
  return Math.abs(value - centre) <= MOST_WIDTHS * (inner || width) ? value : Number.NaN;
}
