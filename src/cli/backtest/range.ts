import { parseDuration } from '../../model/duration.ts';
import { ConfigError } from '../../model/errors.ts';
import type { EpochMs } from '../../model/reading.ts';
import { parseTime } from '../../model/time.ts';

/** A stretch of time as it is written on the command line. */
export interface RangeFlags {
  readonly from: string;
  readonly to?: string;
}

/** Reads `--from` and `--to`: RFC 3339, or so long ago (`30d`). Throws `option_invalid`. */
export function readRange({ from, to }: RangeFlags, now: EpochMs): { readonly from: EpochMs; readonly to: EpochMs } {
  const range = { from: readTime(from, '--from', now), to: to === undefined ? now : readTime(to, '--to', now) };
  if (range.from >= range.to) throw new ConfigError('option_invalid', '--from must be before --to');
  return range;
}

/** Reads a length of time. Throws `option_invalid` with the name of the option. */
export function readLength(text: string, option: string): number {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  throw new ConfigError('option_invalid', `${option} must be a duration such as 30m, 12h or 7d, not "${text}"`);
}

function readTime(text: string, option: string, now: EpochMs): EpochMs {
  const agoMs = parseDuration(text);
  const at = agoMs === null ? parseTime(text) : now - agoMs;
  if (at !== null) return at;
  const message = `${option} must be a time such as 2026-03-01T06:00:00Z or so long ago (30d), not "${text}"`;
  throw new ConfigError('option_invalid', message);
}
