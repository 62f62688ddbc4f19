import type { EpochMs } from '../../model/reading.ts';

/** How often a source is due to say something of each tag: its own schedule in ms, only when something changes, or what its readings teach. */
export type Due = number | 'on change' | 'learnt';

/** What is known of one tag's rhythm; plain data. */
export interface Cadence {
  /** Time of the newest reading that had a value, by the source's clock. */
  lastAt: EpochMs | null;
  /** When anything of the tag last arrived, by our clock. */
  heardAt: EpochMs;
  /** Intervals seen, and their mean over about the last 20, ms. */
  count: number;
  meanMs: number;
  /** The longest interval of this round of 100, and of the round before, ms. */
  longestMs: number;
  longestBeforeMs: number;
}

const ROUND = 100;
const LEARN_FROM = 20;
const SHORTEST_LEARNT_MS = 60_000;
/** A schedule may be missed twice before it is a gap, and by two seconds: devices stumble. */
const MISSED_SLOTS = 3;
const GRACE_MS = 2_000;

/** A tag nobody has heard of yet. */
export function newCadence(lastAt: EpochMs | null, heardAt: EpochMs): Cadence {
  return { lastAt, heardAt, count: 0, meanMs: 0, longestMs: 0, longestBeforeMs: 0 };
}

/** Learns from one interval between two readings. */
export function learn(cadence: Cadence, intervalMs: number): void {
  cadence.count++;
  cadence.meanMs += (intervalMs - cadence.meanMs) / Math.min(cadence.count, LEARN_FROM);
  if (intervalMs > cadence.longestMs) cadence.longestMs = intervalMs;
  if (cadence.count % ROUND !== 0) return;
  cadence.longestBeforeMs = cadence.longestMs;
  cadence.longestMs = 0;
}

/**
 * An interval longer than this is a gap, ms; infinite where nothing is due. By schedule: three slots, and two seconds more
 * than one. Learnt: ten times the mean and three times the longest of the last 100 to 200 intervals, at least a minute, after
 * 20 intervals. A tag that pauses now and then is so given three times its longest pause.
 */
export function gapAfterMs(cadence: Cadence, due: Due): number {
  if (due === 'on change') return Number.POSITIVE_INFINITY;
  if (due !== 'learnt') return gapAfterScheduleMs(due);
  if (cadence.count < LEARN_FROM) return Number.POSITIVE_INFINITY;
  const longestMs = Math.max(cadence.longestMs, cadence.longestBeforeMs);
  return Math.max(10 * cadence.meanMs, 3 * longestMs, SHORTEST_LEARNT_MS);
}

/** The same for a schedule alone. */
export function gapAfterScheduleMs(everyMs: number): number {
  return Math.max(MISSED_SLOTS * everyMs, everyMs + GRACE_MS);
}
