/** How long to wait before the next attempt of a source or the database, ms. */
export interface Backoff {
  /** Milliseconds to wait after one more failure at time `now`. */
  next(now: number): number;
  /** After a success: the next failure begins from the start. */
  reset(): void;
  /** After a success that did not last: a new outage begins, but not again with the shortest pauses. */
  renew(): void;
}

const FIRST_MS = 250;
/** Doublings that are kept when a success did not last: what comes and goes is dialled once a second. */
const KEPT_DOUBLINGS = 2;

/**
 * The longest pause at each age of an outage. What comes back is found within its pause: two seconds leave room to
 * connect and to bring the first values within five of the return, for all that was away for a minute or two.
 */
const LONGEST = [
  { afterMs: 10 * 60_000, pauseMs: 30_000 },
  { afterMs: 2 * 60_000, pauseMs: 4_000 },
  { afterMs: 0, pauseMs: 2_000 },
] as const;

/** Doubles from 0.25 s to 2 s in the first two minutes of an outage, 4 s until the tenth, then 30 s; the upper half is random. */
export function createBackoff(random: () => number): Backoff {
  let attempts = 0;
  let since: number | null = null;
  return {
    next(now) {
      // A clock that was set back must not keep the pauses short for ever.
      if (since === null || now < since) since = now;
      const ageMs = now - since;
      const longestMs = (LONGEST.find(({ afterMs }) => ageMs > afterMs) ?? LONGEST[2]).pauseMs;
      const wait = ageMs > LONGEST[0].afterMs ? longestMs : Math.min(longestMs, FIRST_MS * 2 ** Math.min(attempts, 10));
      attempts++;
      return wait / 2 + (random() * wait) / 2;
    },
    reset() {
      attempts = 0;
      since = null;
    },
    renew() {
      attempts = Math.min(attempts, KEPT_DOUBLINGS);
      since = null;
    },
  };
}
