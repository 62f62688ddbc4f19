/** By tag, what its means were lately, to tell one that can't be from one that is new; plain JSON. */
export interface Screen {
  /** Newest mean that was believed, and newest mean. */
  believed: number;
  before: number;
  /** Running median of the differences of successive means, tag unit; 0 before the first. */
  leap: number;
  /** Means in a row that are away from the one that was believed. */
  away: number;
}

/** A mean this many usual differences from the one before is not believed at once. */
const MOST_LEAPS = 20;
/** It is when so many in a row are there: a machine that changes stays, a loose wire or a start of the gateway is one or two. */
const STAYS = 3;
/** Share by which the running median moves: it forgets any size of nonsense in some hundred means. */
const GAIN = 0.1;
/** No instrument shows more, and the fourth power of it is a number still. */
const NO_READING = 1e60;

/**
 * Takes in the newest mean of each tag and puts NaN, what is missing, where it is not to be believed: one that leaps once would be in everything
 * that is learnt from squares. A median of differences does not grow with the nonsense that it is there to find.
 * Source: P. J. Huber, Robust Statistics, Wiley 1981, ch. 5 (scale by the median of absolute deviations).
 */
export function screen(screens: (Screen | null)[], means: Float64Array): Float64Array {
  return means.map((mean, i) => {
    screens[i] ??= null;
    if (!(Math.abs(mean) < NO_READING)) return Number.NaN;
    const seen = screens[i];
    if (seen) return isBelieved(seen, mean) ? mean : Number.NaN;
    screens[i] = { believed: mean, before: mean, leap: 0, away: 0 };
    return mean;
  });
}

function isBelieved(seen: Screen, mean: number): boolean {
  const difference = Math.abs(mean - seen.before);
  const most = seen.leap === 0 ? Number.POSITIVE_INFINITY : MOST_LEAPS * seen.leap;
  // differences of 0 are those of a coarse scale: the median would come to nothing
  if (difference > 0)
    seen.leap = seen.leap === 0 ? difference : seen.leap * (difference > seen.leap ? 1 + GAIN : 1 - GAIN);
  seen.before = mean;
  const isNear = Math.abs(mean - seen.believed) <= most;
  seen.away = isNear ? 0 : difference <= most ? seen.away + 1 : 1;
  if (!isNear && seen.away < STAYS) return false;
  seen.believed = mean;
  seen.away = 0;
  return true;
}
