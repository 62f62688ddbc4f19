const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Waits before the 1st, 2nd, … attempt: the example schedule of the Standard Webhooks specification. */
const SCHEDULE_MS = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;

/** Share of a wait by which it may differ either way, so that endpoints that failed together do not return together. */
const JITTER = 0.2;

/** A delivery that failed this often is given up. */
export const MOST_ATTEMPTS = SCHEDULE_MS.length;

/**
 * Says how long to wait for the next attempt, ms; null when there is none left and the delivery is dead.
 * `attempts` is how many were made; `random` draws from [0, 1).
 */
export function nextAttemptMs(attempts: number, random: () => number): number | null {
  const waitMs = SCHEDULE_MS[attempts];
  return waitMs === undefined ? null : Math.round(waitMs * (1 - JITTER + 2 * JITTER * random()));
}
