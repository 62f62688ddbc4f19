import { allanVariance, measureWander } from '../math/allan-variance.ts';
import { invert, shrunkCorrelation } from '../math/matrix.ts';
import { twoSidedQuantile } from '../math/normal-quantile.ts';
import { clip, robustScale } from '../math/robust.ts';
import { type Model, SCALES, TUNING } from './model.ts';
import { adjustResiduals } from './residual.ts';

/** A deviation beyond this many widths does not shape the correlation. */
const CORRELATION_CLIP = 6;

/**
 * Learns normal from readings of a machine that is taken to be well: `rows[i]` holds one value for each channel, NaN where
 * one is missing, and they are `intervalMs` apart. Limits come from rows that were left out while the rest was learnt (blocks of time, as machines
 * drift), so that they hold for days that were not seen.
 */
export function learn(rows: readonly Float64Array[], intervalMs: number): Model {
  const channels = rows[0]?.length ?? 0;
  const basis = fitBasis(rows, channels);
  const residuals = residualsOf(basis, rows);
  const wander = residuals.map((values) => measureWander(values));
  const memory = wander.map(({ exponent, memory: readings }) =>
    exponent > TUNING.wanderExponent ? Math.max(TUNING.shortestMemory, Math.min(rows.length, readings)) : rows.length,
  );
  const wanders = memory.map((readings) => readings < rows.length);
  const followed = residuals.map((values, i) => follow(values, wanders[i]! ? memory[i]! : null));
  const leftOut = judgeLeftOut(rows, basis);
  const sigma = SCALES.map((scale, k) =>
    followed.map(({ variance }, i) => {
      const white = 1 / (2 * scale - 1);
      return wanders[i]!
        ? Math.sqrt(Math.max(variance[k]!, white * allanVariance(residuals[i]!, 1)))
        : Math.sqrt(Math.max(leftOut[k]![i]!, white));
    }),
  );
  return {
    ...basis,
    memory,
    wanders,
    level: followed.map(({ level }) => level),
    smoothed: SCALES.map((_, k) => followed.map(({ smoothed }) => smoothed[k]!)),
    sigma,
    readings: rows.length,
    limit: limitOf(channels, intervalMs),
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

/** By scale and channel: mean square of the smoothed residual in blocks that their own basis was not learnt from. */
function judgeLeftOut(rows: readonly Float64Array[], { width }: Basis): number[][] {
  const channels = width.length;
  const squares = SCALES.map(() => new Array<number>(channels).fill(0));
  const counts = SCALES.map(() => 0);
  for (let fold = 0; fold < TUNING.folds; fold++) {
    const from = Math.floor((fold * rows.length) / TUNING.folds);
    const to = Math.floor(((fold + 1) * rows.length) / TUNING.folds);
    const basis = fitBasis([...rows.slice(0, from), ...rows.slice(to)], channels, width);
    const residuals = residualsOf(basis, rows.slice(from, to));
    for (const [k, scale] of SCALES.entries()) {
      const settled = Math.floor(Math.min(scale, (to - from) / 2));
      counts[k]! += Math.max(0, to - from - settled);
      for (let i = 0; i < channels; i++) squares[k]![i]! += squaresAfter(residuals[i]!, scale, settled);
    }
  }
  return squares.map((sums, k) => sums.map((sum) => sum / Math.max(1, counts[k]!)));
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
