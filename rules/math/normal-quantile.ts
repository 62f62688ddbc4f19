/**
 * How many standard deviations a normal variable exceeds, on either side, with `probability` (0 < probability < 0.1).
 * Newton steps on the tail's continued fraction; relative error below 1e-6.
 * Source: M. Abramowitz & I. A. Stegun, Handbook of Mathematical Functions, 1964, 26.2.14 (tail as a continued fraction).
 */
export function twoSidedQuantile(probability: number): number {
  let z = Math.sqrt(-2 * Math.log(probability));
  for (let step = 0; step < 20; step++) {
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const change = (2 * density * millsRatio(z) - probability) / (2 * density);
    z += change;
    if (Math.abs(change) < 1e-9) break;
  }
  return z;
}

/** The tail beyond `z` divided by the density at `z`. */
function millsRatio(z: number): number {
  let fraction = z;
  for (let k = 60; k >= 1; k--) fraction = z + k / fraction;
  return 1 / fraction;
}
