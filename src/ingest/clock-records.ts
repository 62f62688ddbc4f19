import type { Clock } from '../model/clock.ts';
import type { Log } from './log/log.ts';

const EVERY_MS = 1_000;

/**
 * Writes the time into the log once a second, so that the engine's sense of time is part of what it replays.
 * Returns when `signal` aborts.
 */
export async function runClockRecords(log: Log, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await log.append({ kind: 'clock', at: clock.now() }).catch(() => undefined); // log full: the next second tries again
    await clock.sleep(EVERY_MS, signal);
  }
}
