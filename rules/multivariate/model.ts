import { fQuantile } from '../math/f-quantile.ts';
import type { Matrix } from '../math/matrix.ts';
import { twoSidedQuantile } from '../math/normal-quantile.ts';
import { eigen } from './eigen.ts';

/** Running sums of several tags together, plain JSON: lower triangle of the sums of products about the means. */
export interface Sums {
  count: number;
  readonly mean: number[];
  readonly products: number[][];
}

/** The learnt normal of several tags together, plain JSON. */
export interface Model {
  /** Rows it was learnt from. */
  readonly rows: number;
  readonly mean: number[];
  /** Standard deviation; 0: the tag did not move and is not judged. */
  readonly width: number[];
  /** The directions that are kept, each as long as there are tags, and their variances. */
  readonly directions: number[][];
  readonly variances: number[];
  /** What T² and SPE exceed with the probability asked for. */
  readonly t2Limit: number;
  readonly speLimit: number;
}

/** Of `tags` tags nothing is known of. */
export function startSums(tags: number): Sums {
  return {
    count: 0,
    mean: new Array<number>(tags).fill(0),
    products: Array.from({ length: tags }, (_, i) => new Array<number>(i + 1).fill(0)),
  };
}

/** Takes in one row of all tags. Source: B. P. Welford, Technometrics 4(3), 1962, for products. */
export function addRow(sums: Sums, row: Float64Array): void {
  sums.count++;
  const { count, mean, products } = sums;
  for (let i = 0; i < mean.length; i++) {
    const into = products[i]!;
    const before = row[i]! - mean[i]!;
    mean[i]! += before / count;
    // the means of tags up to i are new already
    for (let k = 0; k <= i; k++) into[k]! += before * (row[k]! - mean[k]!);
  }
}

/**
 * Learns the normal: as many principal components of the correlation as explain `share` of its variance, at least one and
 * less than all. Limits at the probability `chance` (each) of a healthy row.
 * Sources: J. E. Jackson & G. S. Mudholkar, Technometrics 21(3), 1979 (SPE); N. D. Tracy, J. C. Young & R. L. Mason,
 * J. Quality Technology 24(2), 1992 (T² of a row that was not learnt from).
 */
export function fitModel({ count, mean, products }: Sums, { share, chance }: { share: number; chance: number }): Model {
  const width = mean.map((_, i) => Math.sqrt(products[i]![i]! / (count - 1)));
  const moves = width.map((each, i) => (each > 1e-9 * (1 + Math.abs(mean[i]!)) ? each : 0));
  const correlation: Matrix = mean.map((_, i) =>
    Float64Array.from(mean, (__, k) => {
      const product = i >= k ? products[i]![k]! : products[k]![i]!;
      return moves[i]! === 0 || moves[k]! === 0 ? 0 : product / ((count - 1) * moves[i]! * moves[k]!);
    }),
  );
  const { values, vectors } = eigen(correlation);
  const moving = moves.filter((each) => each > 0).length;
  let kept = 0;
  for (let sum = 0; kept < moving - 1 && (kept === 0 || sum < share * moving); kept++) sum += values[kept]!;
  return {
    rows: count,
    mean: mean.map((each) => Number(each.toPrecision(9))),
    width: moves.map((each) => Number(each.toPrecision(6))),
    directions: vectors.slice(0, kept).map((vector) => Array.from(vector, (each) => Number(each.toPrecision(6)))),
    variances: values.slice(0, kept).map((each) => Number(each.toPrecision(6))),
    t2Limit: t2Limit(kept, count, chance),
    speLimit: speLimit(values.slice(kept, moving), chance),
  };
}

/** Hotelling's T² of `kept` components of a new row, learnt from `rows`. */
export function t2Limit(kept: number, rows: number, chance: number): number {
  return ((kept * (rows * rows - 1)) / (rows * (rows - kept))) * fQuantile(chance, kept, rows - kept);
}

/** The squared prediction error, from the variances of the directions that are left out. */
export function speLimit(variances: readonly number[], chance: number): number {
  const theta = (power: number) => variances.reduce((sum, each) => sum + Math.max(0, each) ** power, 0);
  const [one, two, three] = [theta(1), theta(2), theta(3)];
  if (one < 1e-12) return 1e-6; // the tags left nothing unexplained: only rounding is normal
  const h = 1 - (2 * one * three) / (3 * two * two);
  const z = twoSidedQuantile(Math.min(0.099, 2 * chance));
  return one * ((z * Math.sqrt(2 * two * h * h)) / one + 1 + (two * h * (h - 1)) / (one * one)) ** (1 / h);
}

/** How far a row is from normal, and how much each tag has to do with it (0..1, the sum is 1). */
export interface Distance {
  readonly t2: number;
  readonly spe: number;
  readonly shares: readonly number[];
}

/**
 * Judges a row; a value that is missing counts as the tag's mean. Shares are those of the statistic that is farther beyond
 * its limit: of SPE the squared errors, of T² the parts that each tag adds (P. Nomikos & J. F. MacGregor, Technometrics 37(1), 1995).
 */
export function distance(model: Model, row: Float64Array): Distance {
  const scaled = model.mean.map((mean, i) =>
    Number.isFinite(row[i]!) && model.width[i]! > 0 ? (row[i]! - mean) / model.width[i]! : 0,
  );
  const rest = [...scaled];
  const parts = new Array<number>(scaled.length).fill(0);
  let t2 = 0;
  for (const [k, direction] of model.directions.entries()) {
    const score = scaled.reduce((sum, value, i) => sum + value * direction[i]!, 0);
    t2 += score ** 2 / model.variances[k]!;
    for (let i = 0; i < rest.length; i++) {
      rest[i]! -= score * direction[i]!;
      parts[i]! += (score / model.variances[k]!) * direction[i]! * scaled[i]!;
    }
  }
  const spe = rest.reduce((sum, value) => sum + value * value, 0);
  const isSpe = spe / model.speLimit >= t2 / model.t2Limit;
  const raw = isSpe ? rest.map((value) => value * value) : parts.map((part) => Math.max(0, part));
  const sum = raw.reduce((total, value) => total + value, 0) || 1;
  return { t2, spe, shares: raw.map((value) => value / sum) };
}
