/** Running moments of a sample, plain JSON: number, mean and sum of squared distances from it. */
export interface Moments {
  count: number;
  mean: number;
  squares: number;
}

/** Of nothing yet. */
export function startMoments(): Moments {
  return { count: 0, mean: 0, squares: 0 };
}

/** Takes in a value. Source: B. P. Welford, Technometrics 4(3), 1962. */
export function learn(moments: Moments, value: number): void {
  moments.count++;
  const before = value - moments.mean;
  moments.mean += before / moments.count;
  moments.squares += before * (value - moments.mean);
}

/** Standard deviation of the sample; 0 of fewer than two. */
export function deviationOf({ count, squares }: Moments): number {
  return count < 2 ? 0 : Math.sqrt(squares / (count - 1));
}
