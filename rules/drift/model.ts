import { invert, type Matrix } from '../math/matrix.ts';
import { predict } from '../math/ridge.ts';

/**
 * Sums of products of rows `[1, features…, responses…]`, lower triangle, one for each piece of the learning time; plain JSON. Pieces are
 * judged by what the others taught, so that a level which wanders is in the scatter.
 */
export interface Lessons {
  count: number;
  readonly pieces: number[][][];
}

/** What each response is at what the drives say, and how sure that is; plain JSON. */
export interface Model {
  readonly rows: number;
  /** Of the features: mean and standard deviation; 0: it did not move and is not used. */
  readonly mean: number[];
  readonly width: number[];
  /** Inverse of their correlation, lower triangle. */
  readonly inverse: number[][];
  /** By response: constant first, then the weight of each standardised feature. */
  readonly weights: number[][];
  /** By response: standard deviation of what is left, tag unit; 0: it is exactly what the drives say, or never moved. */
  readonly scatter: number[];
}

/** Pieces of the learning time. */
const PIECES = 4;
/** Keeps two drives that say the same invertible: share of their variance. */
const RIDGE = 1e-3;

/** Nothing has been seen yet; `width` is the length of a row. */
export function startLessons(width: number): Lessons {
  const pieces = Array.from({ length: PIECES }, () =>
    Array.from({ length: width }, (_, i) => new Array<number>(i + 1).fill(0)),
  );
  return { count: 0, pieces };
}

/** Takes in the next of `learn` rows. */
export function addLesson(lessons: Lessons, row: Float64Array, learn: number): void {
  const piece = lessons.pieces[Math.min(PIECES - 1, Math.floor((lessons.count * PIECES) / learn))]!;
  lessons.count++;
  for (let i = 0; i < row.length; i++) {
    const into = piece[i]!;
    for (let k = 0; k <= i; k++) into[k]! += row[i]! * row[k]!;
  }
}

/**
 * Learns each response from the features by ridge regression on standardised features; `features` counts them without the constant.
 * The scatter is that of each piece about what the other pieces taught, and so does not look smaller than it will be.
 * Sources: A. E. Hoerl & R. W. Kennard, Technometrics 12(1), 1970 (ridge); M. Stone, J. R. Stat. Soc. B 36(2), 1974 (cross-validation).
 */
export function fitModel({ count, pieces }: Lessons, features: number): Model {
  const whole = solve(total(pieces, null), features);
  const squares = whole.weights.map(() => 0);
  for (const [left, piece] of pieces.entries()) {
    const { weights, mean, width } = solve(total(pieces, left), features);
    for (const [r, weight] of weights.entries()) squares[r]! += squaredError(piece, { weight, mean, width, r });
  }
  return {
    rows: count,
    mean: whole.mean.map(short),
    width: whole.width.map(short),
    inverse: whole.inverse.map((row, i) => Array.from(row.subarray(0, i + 1), (each) => Number(each.toPrecision(6)))),
    weights: whole.weights.map((weight) => weight.map(short)),
    scatter: squares.map((sum) => short(Math.sqrt(Math.max(0, sum) / count))),
  };
}

/** Whether every number of it is one: sums of squares lose what is small beside what is beyond all measure. */
export function isSound({ mean, width, inverse, weights, scatter }: Model): boolean {
  return [mean, width, scatter, ...inverse, ...weights].every((row) => row.every(Number.isFinite));
}

const short = (value: number) => Number(value.toPrecision(9));

interface Fit {
  readonly mean: number[];
  readonly width: number[];
  readonly inverse: Matrix;
  readonly weights: number[][];
}

function total(pieces: readonly number[][][], without: number | null): number[][] {
  const sum = pieces[0]!.map((row) => row.map(() => 0));
  for (const [p, piece] of pieces.entries()) {
    if (p === without) continue;
    for (const [i, row] of piece.entries()) for (const [k, value] of row.entries()) sum[i]![k]! += value;
  }
  return sum;
}

function solve(sums: readonly number[][], features: number): Fit {
  const n = Math.max(1, sums[0]![0]!);
  const at = (i: number, k: number) => (i >= k ? sums[i]![k]! : sums[k]![i]!);
  const mean = Array.from({ length: features }, (_, i) => at(i + 1, 0) / n);
  const spread = (i: number, k: number, mi: number, mk: number) => at(i, k) / n - mi * mk;
  const width = mean.map((m, i) => {
    const variance = spread(i + 1, i + 1, m, m);
    return variance > 1e-12 * (1 + m * m) ? Math.sqrt(variance) : 0;
  });
  const correlation: Matrix = mean.map((mi, i) =>
    Float64Array.from(mean, (mk, k) => {
      if (i === k) return 1 + RIDGE;
      const scale = width[i]! * width[k]!;
      return scale === 0 ? 0 : spread(i + 1, k + 1, mi, mk) / scale;
    }),
  );
  const inverse = invert(correlation);
  const weights = sums.slice(1 + features).map((_, r) => {
    const row = 1 + features + r;
    const middle = at(row, 0) / n;
    const moments = Float64Array.from(mean, (m, i) => (width[i] === 0 ? 0 : spread(row, i + 1, middle, m) / width[i]!));
    return [middle, ...inverse.map((each) => predict(each, moments))];
  });
  return { mean, width, inverse, weights };
}

/** Sum of squared errors of response `r` in a piece, from its sums alone. */
function squaredError(
  piece: readonly number[][],
  { weight, mean, width, r }: Pick<Fit, 'mean' | 'width'> & { readonly weight: readonly number[]; readonly r: number },
): number {
  const error = new Float64Array(piece.length);
  error[0] = -weight[0]!;
  for (const [i, m] of mean.entries()) {
    if (width[i] === 0) continue;
    error[i + 1] = -weight[i + 1]! / width[i]!;
    error[0] += (weight[i + 1]! * m) / width[i]!;
  }
  error[1 + mean.length + r] = 1;
  let sum = 0;
  for (let i = 0; i < error.length; i++) {
    if (error[i] === 0) continue;
    for (let k = 0; k <= i; k++) sum += (i === k ? 1 : 2) * error[i]! * error[k]! * piece[i]![k]!;
  }
  return sum;
}

/** What the drives explain. */
export interface Expected {
  /** By response, tag unit. */
  readonly values: Float64Array;
  /**
   * How far the drives are from what was learnt: squared Mahalanobis distance in shares of its usual mean, the number of features that
   * move. About 1 in operation that was seen, and large where the answer is a guess.
   */
  readonly strangeness: number;
}

/** What each response should be at these features. O(features²). */
export function explain(model: Model, features: Float64Array): Expected {
  const scaled = Float64Array.from(features, (value, i) =>
    model.width[i] === 0 ? 0 : (value - model.mean[i]!) / model.width[i]!,
  );
  let distance = 0;
  for (const [i, row] of model.inverse.entries())
    for (const [k, each] of row.entries()) distance += (i === k ? 1 : 2) * scaled[i]! * scaled[k]! * each;
  const moving = model.width.filter((each) => each > 0).length;
  const values = Float64Array.from(model.weights, (weight) => {
    let sum = weight[0]!;
    for (let i = 0; i < scaled.length; i++) sum += weight[i + 1]! * scaled[i]!;
    return sum;
  });
  return { values, strangeness: distance / Math.max(1, moving) };
}
