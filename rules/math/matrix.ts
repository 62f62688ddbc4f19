/** A square matrix, row by row. */
export type Matrix = Float64Array[];

/**
 * Correlation of standardised columns, its off-diagonal pulled towards 0 by `shrink` (0..1): with few rows for many
 * columns the plain estimate has directions of almost no variance that do not exist, and its inverse is made of them
 * (Ledoit & Wolf, J. Multivariate Analysis 88, 2004).
 */
export function shrunkCorrelation(rows: readonly Float64Array[], columns: number, shrink: number): Matrix {
  const matrix: Matrix = Array.from({ length: columns }, () => new Float64Array(columns));
  for (const row of rows) {
    for (let a = 0; a < columns; a++) {
      const into = matrix[a]!;
      const value = row[a]!;
      for (let b = 0; b <= a; b++) into[b]! += value * row[b]!;
    }
  }
  const width = matrix.map((row, i) => Math.sqrt(row[i]!) || 1);
  for (let a = 0; a < columns; a++) {
    for (let b = 0; b < a; b++) {
      const correlation = ((1 - shrink) * matrix[a]![b]!) / (width[a]! * width[b]!);
      matrix[a]![b] = correlation;
      matrix[b]![a] = correlation;
    }
    matrix[a]![a] = 1 + RIDGE;
  }
  return matrix;
}

/** Keeps two columns that say the same invertible. */
const RIDGE = 1e-3;

/** Inverse of a symmetric positive definite matrix by Gauss-Jordan elimination. O(n³); fits n up to a few hundred. */
export function invert(matrix: Matrix): Matrix {
  const n = matrix.length;
  const work = matrix.map((row, i) => {
    const wide = new Float64Array(2 * n);
    wide.set(row);
    wide[n + i] = 1;
    return wide;
  });
  for (let i = 0; i < n; i++) {
    const pivotRow = work[i]!;
    const pivot = pivotRow[i]!;
    for (let k = 0; k < 2 * n; k++) pivotRow[k]! /= pivot;
    for (let r = 0; r < n; r++) {
      const row = work[r]!;
      const factor = row[i]!;
      if (r === i || factor === 0) continue;
      for (let k = i; k < 2 * n; k++) row[k]! -= factor * pivotRow[k]!;
    }
  }
  return work.map((row) => row.slice(n));
}
