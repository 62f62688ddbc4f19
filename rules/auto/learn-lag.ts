import type { EpochMs } from '../detector.ts';
import { predict, RidgeSums } from '../math/ridge.ts';
import { clip, median, type RobustScale, robustScale } from '../math/robust.ts';
import { FIRST_VALUES, HOLE, type Lag, type Lags, startLags } from './lag.ts';
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

/**
 * Work of a piece, at most, or one channel and time constant: a unit takes some 10 ns (AMD EPYC, Node 20), a piece some 10 ms. Each piece is one
 * reading more to learn from; a rule that would take more of them than this learns without lags.
 */
const PIECE_COST = 1_000_000;
const MOST_PIECES = 150;
const ROW_COST = 40;
const SOLVE_COST = 100;

/** What a lag is learnt from: `rows[i]`, one value for each channel, at `times[i]`. */
export interface LaggedRows {
  readonly rows: readonly Float64Array[];
  readonly times: readonly EpochMs[];
  readonly folds: number;
}

/** A search for lags under way: which channels and time constants come next, and the best so far; plain data. */
export interface LagSearch {
  readonly given: number[];
  /** Channels that may lag. */
  readonly judged: number[];
  readonly scales: RobustScale[];
  readonly usualMs: number;
  /** By channel that may lag. */
  readonly best: (Candidate | null)[];
  /** Of all pairs of a channel and a time constant, how many were tried. */
  tried: number;
}

interface Candidate {
  readonly gain: number;
  readonly whole: Lag;
  readonly without: readonly Lag[];
}

/** Begins to look for lags; `null` where no tag is given, nothing else moves, or the rule is too large for it. */
export function startLagSearch({ rows, times, folds }: LaggedRows, sides: readonly Side[]): LagSearch | null {
  const given = sides.flatMap((side, i) => (side === 'none' ? [i] : []));
  if (given.length === 0 || rows.length < folds) return null;
  const usualMs = median(times.slice(1).map((at, i) => at - times[i]!));
  if (!(usualMs > 0)) return null;
  const scales = sides.map((_, i) => robustScale(rows.map((row) => row[i]!).filter(Number.isFinite)));
  const judged = sides.flatMap((side, i) => (side !== 'none' && scales[i]!.width > 0 ? [i] : []));
  const pieces = (judged.length * TRIED.length * costOf(rows.length, given.length)) / PIECE_COST;
  if (judged.length === 0 || pieces > MOST_PIECES) return null;
  return { given, judged, scales, usualMs, best: judged.map(() => null), tried: 0 };
}

/**
 * Does the next piece of the search for channels that follow those of side `none` with a time constant, by least squares on the course that a
 * first-order lag takes from where the channel was after each hole (output error, Ljung, System Identification, 1999, §4.3), for each of some time
 * constants, judged on blocks that were left out (Stone, J. R. Stat. Soc. B 36(2), 1974). Says whether it was the last; `learnt` are the same
 * rows for each piece. A piece is O(rows · given²), whatever the number of channels.
 */
export function searchOn(search: LagSearch, learnt: LaggedRows): boolean {
  const drives = drivesOf(search, learnt);
  const cost = costOf(learnt.rows.length, search.given.length);
  const last = search.judged.length * TRIED.length;
  for (let spent = 0; search.tried < last && (spent === 0 || spent + cost <= PIECE_COST); spent += cost) {
    const [at, lag] = [Math.floor(search.tried / TRIED.length), search.tried % TRIED.length];
    const found = tryLag({ search, learnt, drives, channel: search.judged[at]! }, TRIED[lag]! * search.usualMs);
    if (found && found.gain > (search.best[at]?.gain ?? 0)) search.best[at] = found;
    search.tried++;
  }
  return search.tried >= last;
}

/** What a search that is over has found; `null`: nothing lags. */
export function foundLags({ given, judged, scales, usualMs, best }: LagSearch, folds: number): LearntLags | null {
  if (best.every((each) => each === null)) return null;
  const middle = scales.map(({ centre }) => (Number.isFinite(centre) ? centre : 0));
  const start = (lagOf: (found: Candidate) => Lag) => {
    const of = scales.map((_, channel) => {
      const found = best[judged.indexOf(channel)];
      return found ? lagOf(found) : null;
    });
    return startLags({ given, of, middle, usualMs });
  };
  return {
    whole: start(({ whole }) => whole),
    without: Array.from({ length: folds }, (_, fold) => start(({ without }) => without[fold]!)),
  };
}

/** Work of one channel and time constant. */
function costOf(rows: number, given: number): number {
  const width = 1 + given;
  return rows * (ROW_COST + width ** 2) + SOLVE_COST * width ** 3;
}

/** 1 and the standardised tags that explain, row after row; NaN where one is missing. */
function drivesOf({ given, scales }: LagSearch, { rows }: LaggedRows): Float64Array {
  const width = 1 + given.length;
  const drives = new Float64Array(rows.length * width);
  for (const [at, row] of rows.entries()) {
    drives[at * width] = 1;
    for (let j = 1; j < width; j++) {
      const channel = given[j - 1]!;
      drives[at * width + j] = standardised(row[channel]!, scales[channel]!);
    }
  }
  return drives;
}

interface Task {
  readonly search: LagSearch;
  readonly learnt: LaggedRows;
  readonly drives: Float64Array;
  readonly channel: number;
}

function tryLag(task: Task, lagMs: number): Candidate | null {
  const { folds, rows } = task.learnt;
  const course = walk(task, lagMs);
  if (course.counting < LEAST_SHARE * rows.length) return null;
  const lagged = judge(course, folds, { rows: course.lagged, targets: course.target });
  const plain = judge(course, folds, { rows: course.plain, targets: course.value });
  const gain = 1 - lagged.error / plain.error;
  if (!(gain >= LEAST_GAIN)) return null;
  const lagOf = (weights: Float64Array) => ({ lagMs, weights: inUnits(task.search, weights) });
  return { gain, whole: lagOf(lagged.whole), without: lagged.without.map(lagOf) };
}

/** The rows that can teach a lag, one after the other in flat arrays. */
interface Course {
  readonly width: number;
  length: number;
  /** 1 and the tags that explain: as they are, and through the lag since the channel began. */
  readonly plain: Float64Array;
  readonly lagged: Float64Array;
  /** The value, and what of it is not left from where the channel began. */
  readonly value: Float64Array;
  readonly target: Float64Array;
  readonly fold: Uint8Array;
  /** 1: little is left of where it began. */
  readonly counts: Uint8Array;
  counting: number;
}

function walk({ search, learnt, drives, channel }: Task, lagMs: number): Course {
  const { rows, times, folds } = learnt;
  const width = 1 + search.given.length;
  const scale = search.scales[channel]!;
  const holeMs = HOLE * search.usualMs;
  const course = emptyCourse(rows.length, width);
  const lagged = new Float64Array(width);
  let first: number[] = [];
  let [began, left, before] = [Number.NaN, 1, Number.NaN];
  for (let at = 0; at < rows.length; at++) {
    const from = at * width;
    let isWhole = true;
    for (let j = 1; j < width; j++) if (Number.isNaN(drives[from + j]!)) isWhole = false;
    if (!isWhole) continue;
    const now = times[at]!;
    const value = within(rows[at]![channel]!, scale);
    if (now - before > holeMs) {
      lagged.fill(0);
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
    for (let j = 0; j < width; j++) lagged[j]! += (1 - kept) * (drives[from + j]! - lagged[j]!);
    if (Number.isNaN(value)) continue;
    const row = course.length++;
    course.plain.set(drives.subarray(from, from + width), row * width);
    course.lagged.set(lagged, row * width);
    course.value[row] = value;
    course.target[row] = value - left * began;
    course.fold[row] = Math.floor((at * folds) / rows.length);
    if (left > FORGOTTEN) continue;
    course.counts[row] = 1;
    course.counting++;
  }
  return course;
}

function emptyCourse(rows: number, width: number): Course {
  return {
    width,
    length: 0,
    plain: new Float64Array(rows * width),
    lagged: new Float64Array(rows * width),
    value: new Float64Array(rows),
    target: new Float64Array(rows),
    fold: new Uint8Array(rows),
    counts: new Uint8Array(rows),
    counting: 0,
  };
}

/** Weights that all rows teach and those without each block, and the mean error on the blocks that were left out. */
function judge(
  { width, length, fold, counts, counting }: Course,
  folds: number,
  { rows, targets }: { readonly rows: Float64Array; readonly targets: Float64Array },
) {
  const blocks = Array.from({ length: folds }, () => new RidgeSums(width));
  const row = new Float64Array(width);
  const read = (at: number) => {
    for (let j = 0; j < width; j++) row[j] = rows[at * width + j]!;
    return row;
  };
  for (let at = 0; at < length; at++) blocks[fold[at]!]!.add(read(at), targets[at]!);
  const solveWithout = (left: number | null) => {
    const sums = new RidgeSums(width);
    for (const [each, block] of blocks.entries()) if (each !== left) sums.addAll(block);
    return sums.solve(RIDGE * length);
  };
  const without = blocks.map((_, each) => solveWithout(each));
  let squares = 0;
  for (let at = 0; at < length; at++) {
    if (counts[at] === 1) squares += (targets[at]! - predict(without[fold[at]!]!, read(at))) ** 2;
  }
  return { whole: solveWithout(null), without, error: Math.sqrt(squares / Math.max(1, counting)) };
}

/** Weights of standardised tags as weights of tags. */
function inUnits({ given, scales }: LagSearch, weights: Float64Array): number[] {
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
