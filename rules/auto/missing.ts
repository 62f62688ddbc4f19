/**
 * Puts in the place of each deviation of `missing` what the channels that are there make likely: the conditional expectation of a
 * multivariate normal (T. W. Anderson, An Introduction to Multivariate Statistical Analysis, 2003, §2.5), by which what is missing leaves no
 * residual. With the middle in its place a machine that is cold when it starts would differ from one that it was all the time.
 * The others keep the width that they have when all are there, so that less is found while a channel is away, and nothing false.
 * `adjust`: rows of the inverse correlation, each scaled. O(missing² · (missing + channels)).
 */
export function fillIn(
  adjust: readonly (readonly number[])[],
  deviation: Float64Array,
  missing: readonly number[],
): void {
  for (const i of missing) deviation[i] = 0;
  const rows = missing.map((i) => missing.map((k) => adjust[i]![k]!));
  const right = missing.map((i) => -adjust[i]!.reduce((sum, weight, k) => sum + weight * deviation[k]!, 0));
  eliminate(rows, right);
  for (let a = missing.length - 1; a >= 0; a--) {
    let sum = right[a]!;
    for (let b = a + 1; b < missing.length; b++) sum -= rows[a]![b]! * deviation[missing[b]!]!;
    deviation[missing[a]!] = sum / rows[a]![a]!;
  }
}

/** Makes the equations triangular; without pivots, as scaled rows of a positive definite matrix need none. */
function eliminate(rows: readonly number[][], right: number[]): void {
  for (let a = 0; a < rows.length; a++) {
    for (let b = a + 1; b < rows.length; b++) {
      const factor = rows[b]![a]! / rows[a]![a]!;
      if (factor === 0) continue;
      for (let k = a; k < rows.length; k++) rows[b]![k]! -= factor * rows[a]![k]!;
      right[b]! -= factor * right[a]!;
    }
  }
}
