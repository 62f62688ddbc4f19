import type { PlantClock } from '../text/time-text.ts';

const DAY_S = 86_400;

/**
 * Labels moments on a time axis by the plant's clock: months where they are four weeks apart, days where they are a day or more apart, else times, and at the beginning of a
 * day its date in place of 00:00, so that a chart of a week says which day it was.
 */
export function timeLabels(seconds: readonly number[], stepSeconds: number, clock: PlantClock): string[] {
  return seconds.map((second) => {
    const atMs = second * 1_000;
    if (stepSeconds >= 28 * DAY_S) return clock.month(atMs);
    if (stepSeconds >= DAY_S) return clock.day(atMs);
    if (stepSeconds < 60) return clock.time(atMs);
    const text = clock.minute(atMs);
    return text === '00:00' ? clock.day(atMs) : text;
  });
}
