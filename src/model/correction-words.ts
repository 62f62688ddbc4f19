import { sayTime } from './plant-time.ts';
import { parseTime } from './time.ts';

/** A time as notes of corrections are stored with: RFC 3339 in UTC. */
const STORED = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/**
 * The note of a correction for people, with its times by the clock of the plant. What is stored stays in UTC: by it one knows
 * what was journaled already, also after the plant has got another time zone.
 */
export function sayCorrection(note: string, timezone: string): string {
  return note.replaceAll(STORED, (written) => {
    const at = parseTime(written);
    return at === null ? written : sayTime(at, timezone);
  });
}
