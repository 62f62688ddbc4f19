import { ConfigError } from '../../model/errors.ts';
import type { EpochMs } from '../../model/reading.ts';
import { parseTime } from '../../model/time.ts';

/** What a bare number in the time column counts, from 1970 UTC. Never guessed. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns';
export const TIME_UNITS = ['s', 'ms', 'us', 'ns'] as const satisfies readonly TimeUnit[];

const MS: Readonly<Record<TimeUnit, number>> = { s: 1_000, ms: 1, us: 1e-3, ns: 1e-6 };
const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2}(?:[.,]\d+)?))?`;
const ZONELESS = new RegExp(String.raw`^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[T ]${CLOCK}$`);
/** As spreadsheets in German write it. */
const DOTTED = new RegExp(String.raw`^(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4}),? +${CLOCK}$`);
const SLASHED = /^\d{1,4}\/\d{1,2}\/\d{1,4}\b/;

/** Reads times of a file, in its order: RFC 3339, local times of a zone, or numbers. `series`: the rows that follow each other in time. */
export type ReadCellTime = (cell: string, series?: string) => EpochMs | { readonly wrong: string };

/** Makes the reader of a file's times. `timezone`: IANA zone of times that carry none; `null`: those are refused. */
export function createCellTime({
  unit,
  timezone,
}: {
  readonly unit: TimeUnit;
  readonly timezone: string | null;
}): ReadCellTime {
  const offsetAt = timezone === null ? null : createOffset(timezone);
  const hourOf = createHours();
  return (cell, series = '') => {
    const text = cell.trim();
    if (isPlainNumber(text)) return toMs(text, unit);
    const at = parseTime(text);
    if (at !== null) return at;
    const local = (ZONELESS.exec(text) ?? DOTTED.exec(text))?.groups;
    if (!local) return { wrong: sayNoTime(text.slice(0, 50)) };
    if (offsetAt === null) return { wrong: `${text} has no time zone: say which with --timezone` };
    const { year, month = '', day = '', hour = '', minute, second = '00' } = local;
    const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
    const wall = parseTime(`${date}T${hour.padStart(2, '0')}:${minute}:${second.replace(',', '.')}Z`);
    if (wall === null) return { wrong: `${text} is no time that exists` };
    const [earlier, later] = momentsOf(wall, offsetAt);
    if (earlier === undefined)
      return {
        wrong: `${text} does not exist in ${timezone}, where the clock is put forward over it: give the --timezone that the file was written in`,
      };
    const which = hourOf(series, wall, later === undefined ? 'once' : 'twice');
    return which === 'second' && later !== undefined ? later : earlier;
  };
}

/** Nobody can know which of two numbers before and behind a slash is the month. */
function sayNoTime(text: string): string {
  return SLASHED.test(text)
    ? `${JSON.stringify(text)} may be day/month or month/day: write 2026-11-21 10:42:03 or 21.11.2026 10:42:03`
    : `${JSON.stringify(text)} is no time such as 2026-11-21T10:42:03Z or 21.11.2026 10:42:03`;
}

/** The zone that `--timezone` names, `null` without it; throws `option_invalid` for one that is none. */
export function readTimezone(name: string | undefined): string | null {
  if (name === undefined) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch (cause) {
    throw new ConfigError('option_invalid', `--timezone ${name} is no time zone: write one such as Europe/Berlin`, {
      cause,
    });
  }
}

/** Whether a time is a number, of which only its unit says what it is. */
export function isPlainNumber(cell: string): boolean {
  return /^\d+(\.\d+)?$/.test(cell.trim());
}

/** Digits beyond what a double holds are cut off before they become one: nanoseconds of today have 19. */
function toMs(text: string, unit: TimeUnit): EpochMs {
  if (unit !== 'ns' && unit !== 'us') return Number(text) * MS[unit];
  const [whole = ''] = text.split('.');
  const perMs = unit === 'ns' ? 6 : 3;
  const ms = Number(whole.slice(0, -perMs) || '0');
  return ms + Number(`0.${whole.slice(-perMs).padStart(perMs, '0')}`);
}

/** The moments at which a clock on the wall shows a time: two in autumn, of the hour that comes twice, and none in spring. */
function momentsOf(wall: EpochMs, offsetAt: (at: EpochMs) => number): readonly EpochMs[] {
  const offsets = new Set([offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)]);
  return [...offsets].flatMap((offset) => (offsetAt(wall - offset) === offset ? [wall - offset] : []));
}

/** Where a series of rows is. `hour`: which of the two hours its last time was in, `null` when that comes once. */
interface Course {
  wall: EpochMs;
  hour: 'first' | 'second' | null;
  runs: 'forward' | 'backward';
}

/**
 * Tells which of the hours that come twice a time is in, from the rows before it: where the clock jumps back in a series, its second
 * hour has begun; a file may have its newest rows first, too.
 */
function createHours(): (series: string, wall: EpochMs, comes: 'once' | 'twice') => 'first' | 'second' | null {
  const courses = new Map<string, Course>();
  return (series, wall, comes) => {
    const last = courses.get(series);
    if (last === undefined) {
      if (courses.size >= MOST_KEPT) courses.clear();
      const hour = comes === 'twice' ? 'first' : null;
      courses.set(Buffer.from(series).toString(), { wall, hour, runs: 'forward' }); // no part of the file's text
      return hour;
    }
    const isNear = Math.abs(wall - last.wall) < DAY_MS;
    if ((comes === 'once' || last.hour === null) && wall !== last.wall)
      last.runs = isNear && wall < last.wall ? 'backward' : 'forward';
    if (comes === 'once') last.hour = null;
    else if (last.hour === null || !isNear) last.hour = last.runs === 'backward' ? 'second' : 'first';
    else if (last.runs === 'forward' && wall <= last.wall) last.hour = 'second';
    else if (last.runs === 'backward' && wall >= last.wall) last.hour = 'first';
    last.wall = wall;
    return last.hour;
  };
}

const DAY_MS = 86_400_000;
/** Offsets change at whole quarters of an hour: one look for each is enough. */
const QUARTER_MS = 15 * 60_000;
const MOST_KEPT = 10_000;

function createOffset(timezone: string): (at: EpochMs) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  const known = new Map<number, number>();
  return (at) => {
    const quarter = Math.floor(at / QUARTER_MS);
    const found = known.get(quarter);
    if (found !== undefined) return found;
    const name = format.formatToParts(quarter * QUARTER_MS).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
    const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
    if (known.size >= MOST_KEPT) known.clear();
    known.set(quarter, offset);
    return offset;
  };
}
