import { ApiError } from '../../src/model/errors.ts';
import { parseTime } from '../../src/model/time.ts';
import type { EpochMs } from '../adapter.ts';

/** Reads the time of a waveform or a thermal frame. Throws 400 when it is none. */
export function readTime(at: unknown): EpochMs {
  const time = typeof at === 'string' ? parseTime(at) : at;
  if (typeof time !== 'number' || !Number.isFinite(time))
    throw new ApiError(400, 'body_invalid', 'at is an RFC 3339 time or milliseconds since 1970');
  return time;
}
