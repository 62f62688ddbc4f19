import type { EpochMs } from './reading.ts';

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 time, keeping microseconds; `null` when it is none or no such day exists. */
export function parseTime(text: string): EpochMs | null {
  const match = RFC3339.exec(text);
  if (!match) return null;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const seconds = Math.min(Number(second), 59); // a leap second 23:59:60 counts as 23:59:59
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), seconds);
  const date = new Date(utc);
  if (
    date.getUTCDate() !== Number(day) ||
    date.getUTCMonth() !== Number(month) - 1 ||
    Number(hour) > 23 ||
    Number(minute) > 59 ||
    Number(second) > 60
  )
    return null;
  const micros = fraction === undefined ? 0 : Math.trunc(Number(`0${fraction}`) * 1e6 + 0.5) / 1_000;
  return utc - zoneOffsetMs(zone ?? 'Z') + micros;
}

/**
 * Writes a time as RFC 3339 in UTC with the precision it has: milliseconds, or microseconds when there are any. Built from
 * parts, as a chart has a thousand times of a few days: `toISOString` needs four times as long.
 */
export function formatTime(at: EpochMs): string {
  let ms = Math.floor(at);
  let micros = Math.round((at - ms) * 1_000);
  if (micros === 1_000) {
    ms += 1;
    micros = 0;
  }
  const day = Math.floor(ms / DAY_MS);
  const inDay = ms - day * DAY_MS;
  const minutes = Math.floor(inDay / 60_000);
  const inMinute = inDay - minutes * 60_000;
  const seconds = Math.floor(inMinute / 1_000);
  const clock = `${TWO[Math.floor(minutes / 60)]}:${TWO[minutes % 60]}:${TWO[seconds]}.${THREE[inMinute - seconds * 1_000]}`;
  return `${dateOf(day)}${clock}${micros === 0 ? '' : THREE[micros]}Z`;
}

/** The same of a time that may not have come. */
export function formatOptionalTime(at: EpochMs | null): string | null {
  return at === null ? null : formatTime(at);
}

const DAY_MS = 86_400_000;
const TWO = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'));
const THREE = Array.from({ length: 1_000 }, (_, i) => String(i).padStart(3, '0'));

/** Ten years of days; what is asked beyond that pushes all of them out. */
const MOST_DATES = 4_000;
const dates = new Map<number, string>();

/** `2026-11-22T` of a number of days since 1970. Throws a RangeError beyond what a Date holds. */
function dateOf(day: number): string {
  const known = dates.get(day);
  if (known !== undefined) return known;
  const iso = new Date(day * DAY_MS).toISOString();
  const date = iso.slice(0, iso.indexOf('T') + 1);
  if (dates.size >= MOST_DATES) dates.clear();
  dates.set(day, date);
  return date;
}

function zoneOffsetMs(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) * 60_000;
}
