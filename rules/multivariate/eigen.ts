import type { Matrix } from '../math/matrix.ts';

/** Eigenvalues, largest first, and the eigenvector of each (of length 1). */
export interface Eigen {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
}

/** Sweeps over all pairs; ten are enough for a hundred columns. */
const MOST_SWEEPS = 30;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi rotations. O(n³) a sweep.
 * Source: G. H. Golub & C. F. Van Loan, Matrix Computations, 4th ed. 2013, §8.5.
 */
export function eigen(matrix: Matrix): Eigen {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const v: Matrix = a.map((_, i) => Float64Array.from({ length: n }, (__, k) => (i === k ? 1 : 0)));
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) off += a[p]![q]! ** 2;
    }
    if (off < 1e-22) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, v, p, q);
    }
  }
  const order = Array.from(a.keys()).sort((i, k) => a[k]![k]! - a[i]![i]!);
  return {
    values: order.map((i) => a[i]![i]!),
    vectors: order.map((i) => Float64Array.from(v, (row) => row[i]!)),
  };
}

/** Makes the entry p, q zero. */
function rotate(a: Matrix, v: Matrix, p: number, q: number): void {
  const entry = a[p]![q]!;
  if (entry === 0) return;
  const half = (a[q]![q]! - a[p]![p]!) / (2 * entry);
  const t = (half >= 0 ? 1 : -1) / (Math.abs(half) + Math.sqrt(half * half + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (const rows of [a, v]) {
    for (const row of rows) {
      const [x, y] = [row[p]!, row[q]!];
      row[p] = c * x - s * y;
      row[q] = s * x + c * y;
    }
  }
  const [upper, lower] = [a[p]!, a[q]!];
  for (let k = 0; k < upper.length; k++) {
    const [x, y] = [upper[k]!, lower[k]!];
    upper[k] = c * x - s * y;
    lower[k] = s * x + c * y;
  }
}
