/**
 * The smallest difference between two unequal values of a sample, its unit: what one step of a coarse sensor is. 0 when all are
 * equal. O(n log n).
 */
export function resolutionOf(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < sorted.length; i++) {
    const apart = sorted[i]! - sorted[i - 1]!;
    if (apart > 0 && apart < smallest) smallest = apart;
  }
  return Number.isFinite(smallest) ? smallest : 0;
}
