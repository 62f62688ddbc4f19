import type { Log } from '../ingest/log/log.ts';
import type { Clock } from '../model/clock.ts';
import { type Database, errorCode, isUnreachable } from '../store/database.ts';
import { readCursor } from '../store/log-cursors.ts';
import type { Logger } from '../telemetry/log.ts';
import type { backtest } from './backtest/host.ts';

/** What work beside the engine needs that plays history and puts what it finds into the readings log. */
export interface HistoryAccess {
  readonly log: Pick<Log, 'id' | 'append'>;
  readonly database: Database;
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends it; the engine asks again after the next start. */
  readonly signal: AbortSignal;
  /** Plays history in a thread of its own. */
  readonly run: typeof backtest;
}

const LOOK_AGAIN_MS = 500;
/** The database is there, and its statement timeout ran out. */
const CANCELED = '57014';

/** Waits until history holds what the log does before `position`. `false`: the service ends. */
export async function untilStored(
  position: number,
  { log, database, clock, signal }: Pick<HistoryAccess, 'log' | 'database' | 'clock' | 'signal'>,
): Promise<boolean> {
  while (((await readCursor(database, 'writer', log.id)) ?? 0) < position) {
    if (signal.aborted) return false;
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
  return true;
}

/** True when the database is away and comes back; not of a statement that takes too long, and would again. */
export function isAway(error: unknown): boolean {
  return isUnreachable(error) && errorCode(error) !== CANCELED;
}
