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

/** Writes a time as RFC 3339 in UTC with the precision it has: milliseconds, or microseconds when there are any. */
export function formatTime(at: EpochMs): string {
  const whole = Math.floor(at);
  const micros = Math.round((at - whole) * 1_000);
  const iso = new Date(micros === 1_000 ? whole + 1 : whole).toISOString();
  return micros === 0 || micros === 1_000 ? iso : `${iso.slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

function zoneOffsetMs(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) * 60_000;
}
