import type { Clock } from '../model/clock.ts';
import type { Database } from '../store/database.ts';
import { dropReadingsBefore } from '../store/readings-table.ts';
import type { Logger } from '../telemetry/log.ts';

const EVERY_MS = 60 * 60_000;

/** Drops readings that are older than the plant keeps them, at start and then hourly. Returns when `signal` aborts. */
export async function runRetention(options: {
  readonly database: Database;
  readonly keepMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { database, keepMs, clock, logger, signal } = options;
  while (!signal.aborted) {
    try {
      const dropped = await dropReadingsBefore(database, clock.now() - keepMs);
      if (dropped > 0) logger.info({ dropped }, 'dropped readings that are older than they are kept');
    } catch (error) {
      logger.warn({ err: error }, 'cannot drop old readings, will retry in an hour');
    }
    await clock.sleep(EVERY_MS, signal);
  }
}
