import { logGamma } from '../math/f-quantile.ts';

/** What is expected of a level before any value of it is known: mean μ, κ values' worth, and α, β of its variance. */
export interface Prior {
  readonly mean: number;
  readonly strength: number;
  readonly shape: number;
  readonly scale: number;
}

/** One hypothesis: since `start` (a number of values) the level is the same. `squares`: about `mean`; `weight`: its probability. */
export interface Run {
  readonly start: number;
  weight: number;
  count: number;
  mean: number;
  squares: number;
}

/** Hypotheses that are kept, the likeliest: together they hold all but a millionth. */
const MOST_RUNS = 30;

/** Before the first value. */
export function startRuns(): Run[] {
  return [{ start: 0, weight: 1, count: 0, mean: 0, squares: 0 }];
}

/**
 * Weighs all hypotheses by one more value, the `index`-th from 0: each goes on, or the level changes after it with probability
 * `hazard`. Exact but for the hypotheses that are let go. O(30).
 * Source: R. P. Adams & D. J. C. MacKay, Bayesian Online Changepoint Detection, arXiv:0710.3742, 2007 (algorithm 1).
 */
export function weigh(
  runs: Run[],
  value: number,
  index: number,
  { prior, hazard }: { prior: Prior; hazard: number },
): void {
  let changed = 0;
  let total = 0;
  for (const run of runs) {
    const likely = run.weight * Math.exp(logPredictive(run, value, prior));
    changed += likely * hazard;
    run.weight = likely * (1 - hazard);
    total += likely;
    run.count++;
    const before = value - run.mean;
    run.mean += before / run.count;
    run.squares += before * (value - run.mean);
  }
  if (!(total > 0)) {
    runs.splice(0, runs.length, { start: index + 1, weight: 1, count: 0, mean: 0, squares: 0 });
    return; // a value that no hypothesis allows: all that is known is that everything is new
  }
  runs.push({ start: index + 1, weight: changed, count: 0, mean: 0, squares: 0 });
  for (const run of runs) run.weight /= total;
  if (runs.length <= MOST_RUNS) return;
  let least = 0;
  for (let i = 1; i < runs.length - 1; i++) if (runs[i]!.weight < runs[least]!.weight) least = i;
  runs.splice(least, 1);
}

/** Logarithm of the density of the next value: Student's t of the normal-inverse-gamma posterior. */
function logPredictive({ count, mean, squares }: Run, value: number, prior: Prior): number {
  const strength = prior.strength + count;
  const shape = prior.shape + count / 2;
  const middle = (prior.strength * prior.mean + count * mean) / strength;
  const apart = (prior.strength * count * (mean - prior.mean) ** 2) / (2 * strength);
  const scale = prior.scale + squares / 2 + apart;
  const variance = (scale * (strength + 1)) / (shape * strength);
  const freedom = 2 * shape;
  return (
    logGamma((freedom + 1) / 2) -
    logGamma(freedom / 2) -
    0.5 * Math.log(freedom * Math.PI * variance) -
    ((freedom + 1) / 2) * Math.log1p((value - middle) ** 2 / (freedom * variance))
  );
}
