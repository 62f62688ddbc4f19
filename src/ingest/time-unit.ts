import type { EpochMs } from '../model/reading.ts';

/** By what a time is too small or too large when it is written in another unit than it is read in. */
const MISTAKES: readonly (readonly [factor: number, advice: string])[] = [
  [1e9, 'it looks like seconds where nanoseconds are due: in line protocol say precision=s'],
  [1e6, 'it looks like milliseconds where nanoseconds are due: in line protocol say precision=ms'],
  [1e3, 'it looks like seconds where milliseconds are due, or in line protocol microseconds: say precision=us'],
  [1e-3, 'it looks like microseconds where milliseconds are due: in line protocol say precision'],
  [1e-6, 'it looks like nanoseconds where milliseconds are due: in line protocol say precision=ns'],
];
/** What is meant is hardly older than this; a device with a clock that stood is told of the clock. */
const LIKELY_MS = 366 * 86_400_000;

/** What to look at when a time is far from `now`: the unit that was most likely meant, else clock and unit. */
export function adviseOnTime(at: EpochMs, now: EpochMs): string {
  const meant = MISTAKES.find(([factor]) => Math.abs(at * factor - now) < LIKELY_MS);
  return meant === undefined ? 'check the clock and the unit (ms)' : meant[1];
}
