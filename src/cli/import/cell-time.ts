import type { EpochMs } from '../../model/reading.ts';
import { parseTime } from '../../model/time.ts';

/** What a bare number in the time column counts, from 1970 UTC. Never guessed. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns';
export const TIME_UNITS = ['s', 'ms', 'us', 'ns'] as const satisfies readonly TimeUnit[];

const MS: Readonly<Record<TimeUnit, number>> = { s: 1_000, ms: 1, us: 1e-3, ns: 1e-6 };
const ZONELESS = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}(?:[.,]\d+)?))?$/;

/** Reads times of a file: RFC 3339, local times of a zone, or numbers. */
export type ReadCellTime = (cell: string) => EpochMs | { readonly wrong: string };

/** Makes the reader of a file's times. `timezone`: IANA zone of times that carry none; `null`: those are refused. */
export function createCellTime({
  unit,
  timezone,
}: {
  readonly unit: TimeUnit;
  readonly timezone: string | null;
}): ReadCellTime {
  const offsetAt = timezone === null ? null : createOffset(timezone);
  return (cell) => {
    const text = cell.trim();
    if (isPlainNumber(text)) return toMs(text, unit);
    const at = parseTime(text);
    if (at !== null) return at;
    const local = ZONELESS.exec(text);
    if (!local) return { wrong: `${JSON.stringify(text.slice(0, 50))} is no time such as 2026-11-21T10:42:03Z` };
    if (offsetAt === null) return { wrong: `${text} has no time zone: say which with --timezone` };
    const [, year, month, day, hour, minute, second = '00'] = local;
    const wall = parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second.replace(',', '.')}Z`);
    return wall === null ? { wrong: `${text} is no time that exists` } : fromWall(wall, offsetAt);
  };
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

/**
 * The moment that a clock on the wall shows. Of the hour that comes twice in autumn the first is taken; an hour that is left out in
 * spring is read by the time before the change.
 */
function fromWall(wall: EpochMs, offsetAt: (at: EpochMs) => number): EpochMs {
  const before = offsetAt(wall - DAY_MS);
  const after = offsetAt(wall + DAY_MS);
  if (offsetAt(wall - before) === before) return wall - before;
  return offsetAt(wall - after) === after ? wall - after : wall - before;
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
