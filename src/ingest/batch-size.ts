/** Readings in a transaction while the writer keeps up: COPY is near its best from 5,000 to 10,000. */
export const USUAL_READINGS = 10_000;
const MOST_READINGS = 50_000;
const LEAST_READINGS = 2_500;
/** Readings of a few seconds that wait in the log; what is less is taken as it comes. */
export const BACKLOG_BYTES = 2 * 1024 * 1024;
/** A transaction that takes longer holds up those who wait for its readings, and is the more to do again. */
const SLOW_MS = 1_000;

/**
 * How many readings the next transaction takes: more while there is a backlog, half after one that took too long, the
 * usual number otherwise.
 */
export function nextBatchSize(
  size: number,
  { backlogBytes, tookMs }: { readonly backlogBytes: number; readonly tookMs: number },
): number {
  if (tookMs > SLOW_MS) return Math.max(LEAST_READINGS, Math.floor(size / 2));
  if (backlogBytes <= BACKLOG_BYTES) return tookMs * 2 > SLOW_MS ? Math.min(size, USUAL_READINGS) : USUAL_READINGS;
  // Twice as large takes twice as long: only when that is not too long either.
  return tookMs * 2 > SLOW_MS ? size : Math.min(MOST_READINGS, size * 2);
}
