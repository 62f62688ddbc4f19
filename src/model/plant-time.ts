import type { EpochMs } from './reading.ts';

/** Writes a time for people, by the clock of the plant and with its zone: `2026-11-23 14:32:10 (Europe/Berlin)`. */
export function sayTime(at: EpochMs, timezone: string): string {
  return `${sayLocalTime(at, timezone)} (${timezone})`;
}

/** The same without the zone, for lists whose head says it: `2026-11-23 14:32:10`. */
export function sayLocalTime(at: EpochMs, timezone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' }).format(at);
}
