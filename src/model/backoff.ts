/** How long to wait before the next attempt of a source or the database, ms. */
export interface Backoff {
  /** Milliseconds to wait after one more failure at time `now`. */
  next(now: number): number;
  /** After a success: the next failure begins from the start. */
  reset(): void;
}

const FIRST_MS = 250;
const LATER_MS = 4_000;
const LATE_MS = 30_000;
const LATE_AFTER_MS = 10 * 60_000;

/** Doubling from 0.25 s to 4 s for the first ten minutes of an outage, then 30 s; the upper half is random. */
export function createBackoff(random: () => number): Backoff {
  let attempts = 0;
  let since = 0;
  return {
    next(now) {
      if (attempts === 0) since = now;
      const longest = now - since > LATE_AFTER_MS ? LATE_MS : LATER_MS;
      const wait = now - since > LATE_AFTER_MS ? longest : Math.min(longest, FIRST_MS * 2 ** Math.min(attempts, 10));
      attempts++;
      return wait / 2 + (random() * wait) / 2;
    },
    reset() {
      attempts = 0;
    },
  };
}
