import { sayCount } from '../../model/count-words.ts';
import type { EpochMs } from '../../model/reading.ts';

/** Says a time as the plant's clocks show it: `10:42:03`, on another day `20 Nov 10:42:03`. */
export type SayTime = (at: EpochMs, now: EpochMs) => string;

/** Makes it for one IANA zone. */
export function plantTime(timeZone: string): SayTime {
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' });
  return (at, now) => (day.format(at) === day.format(now) ? time.format(at) : `${day.format(at)} ${time.format(at)}`);
}

/** `1, 2 and 3`. */
export function sayList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

const MOST_NAMES = 5;

/** Names units as a person would: `unit 7`, `units 1–6 and 9`, `press-1.speed`, `a, b, c, d, e and 12 others`. */
export function sayUnits(units: readonly string[]): string {
  const areNumbers = units.every((unit) => /^\d{1,9}$/.test(unit));
  if (!areNumbers) {
    const rest = units.length - MOST_NAMES;
    return sayList(rest > 0 ? [...units.slice(0, MOST_NAMES), sayCount(rest, 'other')] : units);
  }
  return `${units.length === 1 ? 'unit' : 'units'} ${sayList(rangesOf(units.map(Number)))}`;
}

function rangesOf(numbers: readonly number[]): string[] {
  const runs: { first: number; last: number }[] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && number === run.last + 1) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs.flatMap(({ first, last }) => {
    if (last === first) return [String(first)];
    return last === first + 1 ? [String(first), String(last)] : [`${first}–${last}`];
  });
}
