/** What Brownian motion must be let go on beyond the limit to run as long as a sum of normal steps: Siegmund's 2ρ. */
const OVERSHOOT = 1.166;

/**
 * Values until a one-sided CUSUM of standardised normal values alarms, on average, when their mean has moved by `shift`.
 * `reference` (k) and `limit` (h) in standard deviations.
 * Source: D. Siegmund, Sequential Analysis, 1985, §2.6; D. M. Hawkins & D. H. Olwell, Cumulative Sum Charts, 1998, §3.
 */
export function averageRunLength(
  shift: number,
  { reference, limit }: { readonly reference: number; readonly limit: number },
): number {
  const drift = shift - reference;
  const far = limit + OVERSHOOT;
  if (Math.abs(drift) < 1e-9) return far * far;
  return (Math.exp(-2 * drift * far) + 2 * drift * far - 1) / (2 * drift * drift);
}

/** The limit (h) at which a two-sided CUSUM gives one false alarm in `wanted` values, on average. */
export function cusumLimit(wanted: number, reference: number): number {
  let [low, high] = [0, 100 / reference];
  for (let halving = 0; halving < 60; halving++) {
    const limit = (low + high) / 2;
    if (averageRunLength(0, { reference, limit }) / 2 < wanted) low = limit;
    else high = limit;
  }
  return high;
}
