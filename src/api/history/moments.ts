import type { Moments } from '../../store/history-aggregates.ts';

/** Below this share of the sum of squares the difference has lost more than about half its digits (ε = 2⁻⁵²). */
const LEAST_SHARE = 1e-8;
/** Squares below this have lost digits, for lack of smaller numbers to hold them: 2⁻¹⁰²² / ε. */
const LEAST_SQUARES = 2 ** -970;

/**
 * Standard deviation (n − 1) from n, Σx and Σx²; `null` with fewer than two values. `not exact` when the deviation is so small
 * against the values that the difference Σx² − (Σx)²/n cancels (T. Chan, G. Golub, R. LeVeque, The American Statistician 37(3), 1983).
 */
export function deviationOfMoments({ nUsed, sum, sumSquares, min, max }: Moments): number | null | 'not exact' {
  if (nUsed < 2 || sum === null || sumSquares === null) return null;
  if (min === max) return 0;
  if (sumSquares < LEAST_SQUARES) return 'not exact';
  const squares = sumSquares - (sum * sum) / nUsed;
  return squares > LEAST_SHARE * sumSquares ? Math.sqrt(squares / (nUsed - 1)) : 'not exact';
}
