import type { EpochMs } from '../detector.ts';
import { clip } from '../math/robust.ts';
import { HOURS, hourOfWeek } from '../seasonal/hour-of-week.ts';

/** By what a lone channel is compared with: its level, what this hour of the day had, or what this hour of the week had. */
export const PATTERNS = ['level', 'day', 'week'] as const;
/** Index in `PATTERNS`. */
export type Pattern = 0 | 1 | 2;

/** What the hours of the day and of the week are like, by the plant's wall clock; plain data, tag unit, as distances from `origin`. */
export interface Season {
  /** A value of the channel: a distance needs few digits. */
  origin: number;
  timezone: string;
  /** Quarters of an hour since 1970 of the newest reading, and its hour of the week; an hour of any time zone begins with one. */
  quarter: number;
  hour: number;
  /** Sum and number of the readings of this hour so far. */
  sum: number;
  readings: number;
  readonly day: Hours;
  readonly week: Hours;
  /** How well the hour of the day foretold means of an hour beside the level, and the hour of the week beside the hour of the day. */
  readonly dayGain: Gain;
  readonly weekGain: Gain;
}

/** Middle of each hour, and how many means taught it. */
interface Hours {
  readonly centre: number[];
  readonly count: number[];
}

/** Mean absolute errors of two forecasts, each made before the value was known, in widths. */
interface Gain {
  values: number;
  plain: number;
  patterned: number;
}

/** An hour is known from so many days or weeks on. */
const FEWEST_TIMES = 2;
/** Days and weeks after which an hour forgets. */
const MEMORY = { day: 14, week: 8 } as const;
/** A mean of an hour moves its middle by no more than this many widths: an odd day is not the new normal. */
const MOST_MOVE = 3;
/** Errors beyond this many widths count no more: one fault does not decide which forecast is better. */
const MOST_ERROR = 6;
/** Hours over which errors are averaged. */
const GAIN_MEMORY = 50;
/** A pattern is believed when its errors are smaller than those without it by this share, over one whole day or week at least. */
const LEAST_GAIN = 0.3;
/** The hour of the week must be this much better than that of the day. */
const LEAST_WEEK_GAIN = 0.1;
const QUARTER_MS = 900_000;
/** Of a middle: 192 of them must fit into 4 KB with all the rest. */
const DIGITS = 4;

/** Nothing known yet. */
export function startSeason(): Season {
  const hours = (length: number): Hours => ({
    centre: new Array<number>(length).fill(0),
    count: new Array<number>(length).fill(0),
  });
  const gain = (): Gain => ({ values: 0, plain: 0, patterned: 0 });
  return {
    origin: 0,
    timezone: '',
    quarter: -1,
    hour: -1,
    sum: 0,
    readings: 0,
    day: hours(24),
    week: hours(HOURS),
    dayGain: gain(),
    weekGain: gain(),
  };
}

/**
 * Takes in one reading. With the first of an hour the mean of the hour before is foretold by each pattern, and then taught: forecasts are
 * judged by what they had not seen (A. P. Dawid, Statistical theory: the prequential approach, J. R. Statist. Soc. A 147, 1984).
 * `level` and `width`: of the channel without a pattern, tag unit. `learns`: what is no normal hour is not taught.
 */
export function advanceSeason(
  season: Season,
  at: EpochMs,
  value: number,
  seen: { readonly level: number; readonly width: number; readonly timezone: string; readonly learns: boolean },
): void {
  const quarter = Math.floor(at / QUARTER_MS);
  if (seen.timezone !== season.timezone) {
    Object.assign(season, startSeason(), { timezone: seen.timezone, origin: value });
  }
  if (quarter !== season.quarter) {
    const hour = hourOfWeek(at, season.timezone);
    if (hour !== season.hour || quarter - season.quarter > 4) {
      if (season.readings > 0) endHour(season, seen);
      Object.assign(season, { hour, sum: 0, readings: 0 });
    }
    season.quarter = quarter;
  }
  if (!seen.learns) return;
  season.sum += value - season.origin;
  season.readings++;
}

function endHour(season: Season, seen: { readonly level: number; readonly width: number }): void {
  const { hour, sum, readings, day, week, dayGain, weekGain } = season;
  const { width } = seen;
  const mean = sum / readings;
  const level = seen.level - season.origin;
  const byDay = middleOf(day, hour % 24);
  const byWeek = middleOf(week, hour);
  if (width > 0) {
    if (byDay !== null) judge(dayGain, (mean - level) / width, (mean - byDay) / width);
    if (byWeek !== null) judge(weekGain, (mean - (byDay ?? level)) / width, (mean - byWeek) / width);
  }
  teach(day, hour % 24, mean, { memory: MEMORY.day, width });
  teach(week, hour, mean, { memory: MEMORY.week, width });
}

function judge(gain: Gain, plain: number, patterned: number): void {
  gain.values++;
  const share = Math.max(1 / GAIN_MEMORY, 1 / gain.values);
  gain.plain += share * (Math.min(Math.abs(plain), MOST_ERROR) - gain.plain);
  gain.patterned += share * (Math.min(Math.abs(patterned), MOST_ERROR) - gain.patterned);
}

function teach(
  { centre, count }: Hours,
  hour: number,
  mean: number,
  { memory, width }: { readonly memory: number; readonly width: number },
): void {
  const times = Math.min(count[hour]! + 1, memory);
  count[hour] = times;
  const off = mean - centre[hour]!;
  const moved = centre[hour]! + (times <= FEWEST_TIMES ? off : clip(off, MOST_MOVE * width)) / times;
  centre[hour] = Number(moved.toPrecision(DIGITS));
}

function middleOf({ centre, count }: Hours, hour: number): number | null {
  return count[hour]! < FEWEST_TIMES ? null : centre[hour]!;
}

/** What each of `PATTERNS` has in this hour of the week (0 = Monday from midnight); `null` where it is not known yet. */
export function patternsIn({ origin, day, week }: Season, hour: number, level: number): readonly (number | null)[] {
  const [byDay, byWeek] = [middleOf(day, hour % 24), middleOf(week, hour)];
  return [level, byDay === null ? null : origin + byDay, byWeek === null ? null : origin + byWeek];
}

/** The pattern that the channel has shown to have; one that does not know the hour is none. */
export function believed({ dayGain, weekGain, day, week }: Season, hour: number): Pattern {
  const hasDay = dayGain.values >= 24 && dayGain.patterned < (1 - LEAST_GAIN) * dayGain.plain;
  const isBetter = weekGain.values >= HOURS && weekGain.patterned < (1 - LEAST_WEEK_GAIN) * weekGain.plain;
  const hasWeek = isBetter && weekGain.patterned < (hasDay ? weekGain.plain : (1 - LEAST_GAIN) * dayGain.plain);
  if (hasWeek && middleOf(week, hour) !== null) return 2;
  return hasDay && middleOf(day, hour % 24) !== null ? 1 : 0;
}
