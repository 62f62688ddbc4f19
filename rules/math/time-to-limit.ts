import type { RobustLine } from './robust-line.ts';

/** Steps of x until a limit is reached, that 10, 50 and 90 % do not exceed. */
export interface StepsLeft {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

/** Standard normal variable that 90 % do not exceed. */
const Z90 = 1.2816;
/** Variance of a median, in those of a mean, of a normal sample. */
const MEDIAN_VARIANCE = Math.PI / 2;

/**
 * When a line goes through a limit that lies ahead of it: at t steps after its end its level is normal about slope·t, with the
 * variance of its middle, of its slope (the farther, the more) and of a level that wanders; the chance that it is at the
 * limit by then gives the quantiles. `fitted`: how many values the line was drawn through; `sigmas`: of its interval.
 * `null` when it does not go there. No quantile exceeds `most`.
 * Source: C. J. Lu & W. Q. Meeker, Technometrics 35(2), 1993 (time to failure from the distribution of a degradation path).
 */
export function stepsToLimit(
  { slope, low, high, last, scatter, wander }: RobustLine,
  limit: number,
  { fitted, sigmas, most }: { readonly fitted: number; readonly sigmas: number; readonly most: number },
): StepsLeft | null {
  const away = Math.abs(limit - last);
  const speed = limit > last ? slope : -slope;
  if (speed <= 0) return null;
  const slopeVariance = ((high - low) / (2 * sigmas)) ** 2;
  const middle = (MEDIAN_VARIANCE * scatter ** 2) / fitted;
  const chance = (t: number) =>
    (speed * t - away) / Math.sqrt(middle + slopeVariance * (t + (fitted - 1) / 2) ** 2 + wander * t);
  const reach = (z: number) => firstWhere((t) => chance(t) >= z, most);
  return { p10: reach(-Z90), p50: Math.min(most, away / speed), p90: reach(Z90) };
}

/** The smallest t in 0..most for which `holds` is true, once true always true; `most` when it never is. */
function firstWhere(holds: (t: number) => boolean, most: number): number {
  let [from, to] = [0, most];
  if (holds(0)) return 0;
  for (let halving = 0; halving < 60; halving++) {
    const middle = (from + to) / 2;
    if (holds(middle)) to = middle;
    else from = middle;
  }
  return to;
}
