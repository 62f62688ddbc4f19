import { ApiError } from '../../model/errors.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { BacktestRequest } from './messages.ts';

/** Each second of the range is evaluated, with readings or without: a year takes the thread minutes. */
const MAX_DAYS = 400;
const DAY_MS = 86_400_000;

/**
 * Cuts a range and its warm-up to what can have history: not before what is kept (`keepMs`), not after now. Throws
 * `body_invalid` when nothing is left, or more than one back-test may take.
 */
export function boundRange(
  { from, to, warmUpMs }: Pick<BacktestRequest, 'from' | 'to' | 'warmUpMs'>,
  { now, keepMs }: { readonly now: EpochMs; readonly keepMs: number },
): Pick<BacktestRequest, 'from' | 'to' | 'warmUpMs'> {
  const oldest = Math.max(0, now - keepMs);
  const bounded = { from: Math.max(from, oldest), to: Math.min(to, now) };
  if (bounded.from >= bounded.to) {
    const message = 'the range: there is no history of it, it is in the future or before what is kept';
    throw new ApiError(400, 'body_invalid', message);
  }
  const warmed = Math.min(warmUpMs, bounded.from - oldest);
  if (bounded.to - bounded.from + warmed > MAX_DAYS * DAY_MS) {
    const message = `the range: with its warm-up it is longer than ${MAX_DAYS} days: ask for it in parts`;
    throw new ApiError(400, 'body_invalid', message);
  }
  return { ...bounded, warmUpMs: warmed };
}
