import { parseTime } from '../../src/model/time.ts';
import type { Clock, EpochMs } from '../adapter.ts';
import { MarkedTime } from './payload.ts';
import type { TimeUnit } from './settings.ts';

const MS_PER: Readonly<Record<Exclude<TimeUnit, 'iso'>, number>> = { s: 1_000, ms: 1, us: 1e-3, ns: 1e-6 };
const BACKWARD_STEP_MS = 1_000;

/**
 * Reads the time of a payload; `null` when it is none. Without a unit text is RFC 3339 and a number is ms.
 * A number may also be written as text of digits when a unit is given: nanoseconds do not fit a JSON number.
 */
export function readTime(written: unknown, unit: TimeUnit | null): EpochMs | null {
  if (typeof written === 'string' && (unit === null || unit === 'iso')) return parseTime(written);
  if (typeof written === 'object' && written instanceof MarkedTime) {
    return Number.isFinite(written.at) ? toMicroseconds(written.at) : null;
  }
  if (unit === 'iso') return null;
  const ticks = typeof written === 'string' && /^\d{1,20}(\.\d+)?$/.test(written) ? Number(written) : written;
  if (typeof ticks !== 'number' || !Number.isFinite(ticks) || ticks < 0) return null;
  return toMicroseconds(ticks * MS_PER[unit ?? 'ms']);
}

/**
 * Makes the times for values that carry none: the time of arrival, one microsecond later than the last one where the
 * clock has not moved. Two values of one tag that arrive together would else be one row with a conflict.
 */
export function arrivalTimes(clock: Clock): () => EpochMs {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = toMicroseconds(clock.now());
    const isSetBack = now < last - BACKWARD_STEP_MS;
    last = now > last || isSetBack ? now : toMicroseconds(last + 0.001);
    return last;
  };
}

function toMicroseconds(at: number): EpochMs {
  return Math.round(at * 1_000) / 1_000;
}
