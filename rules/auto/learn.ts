import type { EpochMs } from '../detector.ts';
import { allanVariance, measureWander } from '../math/allan-variance.ts';
import { invert, shrunkCorrelation } from '../math/matrix.ts';
import { twoSidedQuantile } from '../math/normal-quantile.ts';
import { clip, robustScale } from '../math/robust.ts';
import { type Lags, takeOffLags } from './lag.ts';
import { foundLags, type LagSearch, type LearntLags, searchOn, startLagSearch } from './learn-lag.ts';
import { addLeftOut, fitLevels, type LeftOutLevels, startLeftOutLevels } from './levels.ts';
import { type Model, SCALES, TUNING } from './model.ts';
import { adjustResiduals } from './residual.ts';
import type { Side } from './sides.ts';
import { findHalting } from './standing.ts';
import { fitSteps, type Steps } from './steps.ts';

/** A deviation beyond this many widths does not shape the correlation. */
const CORRELATION_CLIP = 6;

/** What is known of a model that is still being fitted; plain data, so that a restart goes on with the next piece. */
export interface Fit {
  /** Time from one row to the next. */
  readonly intervalMs: number;
  /** What of each channel counts; absent in a state of an earlier version. */
  readonly sides?: readonly Side[];
  /** Least distances from normal that count, tag unit; absent in a state of an earlier version. */
  readonly least?: readonly number[];
  /** What all rows teach; `null` before the first piece. */
  whole: Whole | null;
  /** Next block of rows that is left out while the others teach. */
  fold: number;
  /** By scale and channel: sum of squares of the smoothed residual in the blocks that were left out so far. */
  readonly squares: number[][];
  /** By scale: how many residuals `squares` is of. */
  readonly counts: number[];
  /** By channel: sum of the roughness in the blocks that were left out; absent in a state of an earlier version. */
  strange?: number[];
  /** Of several channels; absent in a state of an earlier version. */
  readonly levels?: LeftOutLevels;
  /** The search for what follows the tags of `given` slowly; absent before it, `null` when it is over. */
  search?: LagSearch | null;
  /** What it found; absent when it was nothing. */
  lags?: LearntLags;
}

/** Lists have one number for each channel. */
interface Whole {
  readonly basis: Basis;
  readonly memory: number[];
  readonly wanders: boolean[];
  readonly level: number[];
  /** By scale. */
  readonly smoothed: number[][];
  readonly variance: number[][];
  /** Allan variance of neighbouring residuals. */
  readonly roughness: number[];
  /** Absent in a state of an earlier version. */
  readonly steps?: Steps;
  /** Absent in a state of an earlier version. */
  readonly halts?: boolean[];
  /** Allan variance over blocks of `STRANGE_BLOCK`. */
  readonly blockRoughness?: number[];
}

/** Readings in a block by which residuals that were left out are compared with those that taught: short, as drift is no error of learning. */
const STRANGE_BLOCK = 4;

/** Pieces that make a model: one for all rows, one for each block that is left out. */
export const FIT_PIECES = 1 + TUNING.folds;

/** A fit to rows of as many channels as there are sides, `intervalMs` apart, with nothing done yet. */
export function startFit(
  sides: readonly Side[],
  { intervalMs, least }: { readonly intervalMs: number; readonly least?: readonly number[] },
): Fit {
  const channels = sides.length;
  return {
    intervalMs,
    sides,
    ...(least && { least }),
    whole: null,
    fold: 0,
    squares: SCALES.map(() => new Array<number>(channels).fill(0)),
    counts: SCALES.map(() => 0),
    ...(channels > 1 && { levels: startLeftOutLevels(channels) }),
  };
}

/**
 * Does the next piece of learning normal from readings of a machine that is taken to be well, and gives the model with the
 * last one: `rows[i]` holds one value for each channel, NaN where one is missing, at `times[i]`, `null` where nothing tells the times; the
 * same rows for each piece. Limits come
 * from rows that were left out while the rest was learnt (blocks of time, as machines drift), so that they hold for days
 * that were not seen. A piece is O(channels² · (rows + channels)).
 */
export function fitPiece(fit: Fit, rows: readonly Float64Array[], times: readonly EpochMs[] | null): Model | null {
  if (fit.whole === null) {
    if (times && isSearching(fit, rows, times)) return null;
    fit.whole = fitWhole(withoutLags(fit.lags?.whole, rows, times), { raw: rows, lags: fit.lags?.whole });
    return null;
  }
  judgeLeftOut(fit, withoutLags(fit.lags?.without[fit.fold], rows, times), fit.whole.basis);
  fit.fold++;
  return fit.fold < TUNING.folds ? null : modelOf(fit, fit.whole, rows.length);
}

/** Does the next piece of the search for lags, and says whether there was one. */
function isSearching(fit: Fit, rows: readonly Float64Array[], times: readonly EpochMs[]): boolean {
  const learnt = { rows, times, folds: TUNING.folds };
  if (fit.search === undefined) fit.search = fit.sides ? startLagSearch(learnt, fit.sides) : null;
  if (fit.search === null) return false;
  if (!searchOn(fit.search, learnt)) return true;
  const lags = foundLags(fit.search, TUNING.folds);
  if (lags) fit.lags = lags;
  fit.search = null;
  return true;
}

/** The rows with what lags explain taken off. */
function withoutLags(
  lags: Lags | undefined,
  rows: readonly Float64Array[],
  times: readonly EpochMs[] | null,
): readonly Float64Array[] {
  if (!lags || !times) return rows;
  const own = structuredClone(lags);
  return rows.map((row, i) => takeOffLags(own, times[i]!, row));
}

/** `raw`: the rows as they were read, with what `lags` explain. */
function fitWhole(
  rows: readonly Float64Array[],
  { raw, lags }: { readonly raw: readonly Float64Array[]; readonly lags: Lags | undefined },
): Whole {
  const basis = fitBasis(rows, rows[0]?.length ?? 0);
  const residuals = residualsOf(basis, rows);
  const wander = residuals.map((values) => measureWander(values));
  // where the load explains what is slow its cooling strays, and nothing is left to wander in what follows at once
  const isStray = (exponent: number, i: number) => (lags ? lags.of[i] !== null : exponent > TUNING.wanderExponent);
  const most = lags ? rows.length - 1 : rows.length;
  const memory = wander.map(({ exponent, memory: readings }, i) =>
    isStray(exponent, i) ? Math.max(TUNING.shortestMemory, Math.min(most, readings)) : rows.length,
  );
  const wanders = memory.map((readings) => readings < rows.length);
  const followed = residuals.map((values, i) => follow(values, wanders[i]! ? memory[i]! : null));
  return {
    basis,
    memory,
    wanders,
    level: followed.map(({ level }) => level),
    smoothed: SCALES.map((_, k) => followed.map(({ smoothed }) => smoothed[k]!)),
    variance: SCALES.map((_, k) => followed.map(({ variance }) => variance[k]!)),
    roughness: residuals.map((values) => allanVariance(values, 1)),
    halts: findHalting(raw, basis.centre, basis.width),
    ...(residuals.length > 1 && {
      steps: fitSteps(residuals),
      blockRoughness: residuals.map((values) => allanVariance(values, STRANGE_BLOCK)),
    }),
  };
}

function modelOf(
  { intervalMs, squares, counts, strange = [], levels, sides, least, lags }: Fit,
  whole: Whole,
  readings: number,
): Model {
  const { basis, variance, roughness, steps, blockRoughness = [], ...rest } = whole;
  const sigma = SCALES.map((scale, k) =>
    rest.wanders.map((isWandering, i) => {
      const white = 1 / (2 * scale - 1);
      return isWandering
        ? Math.sqrt(Math.max(variance[k]![i]!, white * roughness[i]!))
        : Math.sqrt(Math.max(squares[k]![i]! / Math.max(1, counts[k]!), white));
    }),
  );
  // residuals of rows that taught are too small, the more so the more channels explain each other
  steps?.sigma.forEach((_, i) => {
    const left = (strange[i] ?? 0) / TUNING.folds;
    const taught = blockRoughness[i] ?? 0;
    if (left > taught && taught > 0) steps.sigma[i]! *= Math.sqrt(left / taught);
  });
  const limit = limitOf(rest.wanders.length, intervalMs);
  return {
    ...basis,
    ...rest,
    sigma,
    ...(steps && { steps }),
    // a fit that began without left out some blocks before
    ...(levels?.means[0]?.length === TUNING.folds && {
      levels: fitLevels(levels, rest.level, { readings, lags: lags?.whole }),
    }),
    ...(sides && { sides }),
    ...(lags && { lags: lags.whole }),
    ...(least && { least }),
    readings,
    limit,
  };
}

const WEEK_MS = 7 * 86_400_000;

/** The limit for so many channels and readings a week, standard deviations. */
function limitOf(channels: number, intervalMs: number): number {
  const readingsPerWeek = Math.max(1, WEEK_MS / Math.max(1, intervalMs));
  const budgeted = twoSidedQuantile(Math.min(0.05, TUNING.weeklyFalseAlarms / (readingsPerWeek * SCALES.length)));
  return Math.max(channels > 1 ? TUNING.leastLimit : TUNING.leastLoneLimit, budgeted);
}

interface Basis {
  readonly centre: number[];
  readonly width: number[];
  readonly adjust: number[][];
}

function fitBasis(rows: readonly Float64Array[], channels: number, widths?: readonly number[]): Basis {
  const scales = Array.from({ length: channels }, (_, i) =>
    robustScale(rows.map((row) => row[i]!).filter((value) => !Number.isNaN(value))),
  );
  const centre = scales.map((scale) => (Number.isNaN(scale.centre) ? 0 : scale.centre));
  const width = widths ? [...widths] : scales.map((scale) => (Number.isNaN(scale.width) ? 0 : scale.width));
  const standardised = rows.map((row) =>
    Float64Array.from(row, (value, i) =>
      Number.isNaN(value) || width[i] === 0 ? 0 : clip((value - centre[i]!) / width[i]!, CORRELATION_CLIP),
    ),
  );
  const shrink = Math.min(1, (TUNING.shrink * channels) / rows.length);
  const inverse = invert(shrunkCorrelation(standardised, channels, shrink));
  const adjust = inverse.map((row, i) => Array.from(row, (value) => value / Math.sqrt(inverse[i]![i]!)));
  return { centre, width, adjust };
}

/** Residuals channel by channel. */
function residualsOf(basis: Basis, rows: readonly Float64Array[]): Float64Array[] {
  const channels = basis.centre.length;
  const all = basis.centre.map(() => new Float64Array(rows.length));
  const into = { deviation: new Float64Array(channels), residual: new Float64Array(channels) };
  for (const [at, row] of rows.entries()) {
    adjustResiduals(basis, row, into);
    for (let i = 0; i < channels; i++) all[i]![at] = into.residual[i]!;
  }
  return all;
}

/** Runs the smoothing over a channel's residuals, about 0 or (with a memory) about the level that it follows. */
function follow(residuals: Float64Array, memory: number | null) {
  let level = memory === null ? 0 : residuals[0]!;
  const smoothed = SCALES.map(() => 0);
  const variance = SCALES.map(() => 0);
  for (const residual of residuals) {
    const rest = residual - level;
    if (memory !== null) level += rest / memory;
    for (const [k, scale] of SCALES.entries()) {
      smoothed[k]! += (rest - smoothed[k]!) / scale;
      variance[k]! += smoothed[k]! ** 2 / residuals.length;
    }
  }
  return { level, smoothed, variance };
}

/** Adds the squares of the smoothed residuals in the block `fit.fold`, by a basis that was not learnt from it. */
function judgeLeftOut(fit: Fit, rows: readonly Float64Array[], { width }: Basis): void {
  const { fold, squares, counts } = fit;
  const from = Math.floor((fold * rows.length) / TUNING.folds);
  const to = Math.floor(((fold + 1) * rows.length) / TUNING.folds);
  const basis = fitBasis([...rows.slice(0, from), ...rows.slice(to)], width.length, width);
  const residuals = residualsOf(basis, rows.slice(from, to));
  if (fit.levels) addLeftOut(fit.levels, residuals);
  fit.strange = residuals.map((values, i) => (fit.strange?.[i] ?? 0) + allanVariance(values, STRANGE_BLOCK));
  for (const [k, scale] of SCALES.entries()) {
    const settled = Math.floor(Math.min(scale, (to - from) / 2));
    counts[k]! += Math.max(0, to - from - settled);
    for (let i = 0; i < width.length; i++) squares[k]![i]! += squaresAfter(residuals[i]!, scale, settled);
  }
}

/** Sum of squares of the smoothed residual from `settled` on, freed of its start from 0. */
function squaresAfter(residuals: Float64Array, scale: number, settled: number): number {
  let smoothed = 0;
  let sum = 0;
  for (let at = 0; at < residuals.length; at++) {
    smoothed += (residuals[at]! - smoothed) / scale;
    if (at >= settled) sum += (smoothed / (1 - (1 - 1 / scale) ** (at + 1))) ** 2;
  }
  return sum;
}
