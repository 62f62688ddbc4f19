import { createBackoff } from '../model/backoff.ts';
import type { Clock } from '../model/clock.ts';
import { errorCode, mayRetry } from './database.ts';

/** How to go about work that the database refuses. */
export interface RetryOptions {
  readonly clock: Clock;
  /** Draws from [0, 1), for the jitter. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Called when trouble begins and whenever its code changes: one failure is one line. */
  readonly onTrouble: (code: string, error: unknown) => void;
  readonly onRecovered?: () => void;
  /** Called after every attempt that failed. */
  readonly onFailure?: () => void;
}

/**
 * Does `work` until it succeeds; `undefined` when the signal aborts first. Waits between two attempts, at most 4 s in the
 * first ten minutes. Throws only what lies in the data, and would fail for ever.
 */
export async function insist<T>(work: () => Promise<T>, options: RetryOptions): Promise<T | undefined> {
  const { clock, signal, onTrouble, onRecovered, onFailure } = options;
  const backoff = createBackoff(options.random);
  let trouble: string | null = null;
  while (!signal.aborted) {
    try {
      const result = await work();
      if (trouble !== null) onRecovered?.();
      return result;
    } catch (error) {
      if (!mayRetry(error)) throw error;
      onFailure?.();
      const code = errorCode(error) || 'database_unreachable';
      if (code !== trouble) onTrouble(code, error);
      trouble = code;
      await clock.sleep(backoff.next(clock.now()), signal);
    }
  }
  return undefined;
}
