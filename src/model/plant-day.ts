import type { EpochMs } from './reading.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** No clock is farther from UTC. */
const FARTHEST_MS = 15 * 60 * MINUTE_MS;

/** The days of a place: numbered from 1970-01-01 there, each as long as its clock makes it. */
export interface PlantDays {
  /** Which day it is there. */
  readonly dayOf: (at: EpochMs) => number;
  /** When that day begins: at midnight, or at the first moment of it where the clock is put forward over midnight. `likely` is tried first. */
  readonly beginOf: (day: number, likely?: EpochMs) => EpochMs;
}

/** Makes the days of a zone. Some 10 µs for each begin: the time zones of JavaScript are slow. */
export function plantDays(timezone: string): PlantDays {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  /** What the clock on the wall shows, as if it were UTC; to the second. */
  const wallAt = (at: EpochMs): EpochMs => {
    const shown: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(at)) shown[type] = Number(value);
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
  const dayOf = (at: EpochMs) => Math.floor(wallAt(at) / DAY_MS);
  const beginOf = (day: number, likely?: EpochMs) => {
    const midnight = day * DAY_MS;
    if (likely !== undefined && wallAt(likely) === midnight) return likely;
    const guess = midnight - (wallAt(midnight) - midnight);
    const begin = midnight - (wallAt(guess) - guess);
    if (wallAt(begin) === midnight && dayOf(begin - 1_000) === day - 1) return begin;
    // The clock is put forward over midnight, or back around it: the first moment of the day is looked for.
    let [before, after] = [midnight - FARTHEST_MS, midnight + FARTHEST_MS];
    while (after - before > MINUTE_MS) {
      const middle = before + Math.floor((after - before) / 2 / MINUTE_MS) * MINUTE_MS;
      if (dayOf(middle) < day) before = middle;
      else after = middle;
    }
    return after;
  };
  return { dayOf, beginOf };
}

/** Where steps of `days` days begin, from the one in which `from` is to the end of the one before `to`; they are counted from 1970. */
export function dayEdges(
  { dayOf, beginOf }: PlantDays,
  { from, to, days }: { readonly from: EpochMs; readonly to: EpochMs; readonly days: number },
): readonly EpochMs[] {
  const first = Math.floor(dayOf(from) / days) * days;
  const edges = [beginOf(first)];
  // Nearly all days have 24 hours, and to try is a quarter of the work.
  while (edges.at(-1)! < to) edges.push(beginOf(first + edges.length * days, edges.at(-1)! + days * DAY_MS));
  return edges;
}
