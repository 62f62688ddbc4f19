import type { EpochMs } from '../detector.ts';

/** What the drives said, as it still works on: each seen through two first-order lags. Plain JSON; `null` before any. */
export interface Past {
  at: EpochMs;
  since: EpochMs;
  /** Short lag of each drive, then long lag of each. */
  lagged: number[] | null;
}

/** The short lag is this part of the long one. */
const SHORT = 1 / 4;
/** So many long lags after it began, a lag has forgotten what it began with. */
const SETTLED = 2;

/** Nothing is known yet. */
export function startPast(): Past {
  return { at: 0, since: 0, lagged: null };
}

/**
 * What a machine's tags may follow: each drive now, its square now, and the drive through two first-order lags, as heat follows load.
 * `null` while the lags do not know what was before: at the beginning, after a hole, and while a drive is missing. `slowestMs` is the long lag.
 */
export function follow(past: Past, at: EpochMs, drives: Float64Array, slowestMs: number): Float64Array | null {
  if (drives.some((value) => !Number.isFinite(value))) return null;
  const count = drives.length;
  const passed = at - past.at;
  if (past.lagged === null || passed > slowestMs) {
    past.lagged = [...drives, ...drives];
    past.since = at;
  } else {
    for (let i = 0; i < 2 * count; i++) {
      const lagMs = i < count ? SHORT * slowestMs : slowestMs;
      past.lagged[i]! += (1 - Math.exp(-passed / lagMs)) * (drives[i % count]! - past.lagged[i]!);
    }
  }
  past.at = at;
  if (at - past.since < SETTLED * slowestMs) return null;
  const features = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) {
    features[i] = drives[i]!;
    features[count + i] = drives[i]! * drives[i]!;
    features[2 * count + i] = past.lagged[i]!;
    features[3 * count + i] = past.lagged[count + i]!;
  }
  return features;
}

/** Where the long lag of the first drive stands among the features. */
export function slowFirst(drives: number): number {
  return 3 * drives;
}
