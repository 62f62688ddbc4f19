import type { Clock } from '../model/clock.ts';
import type { Retention } from '../model/plant.ts';
import { type Database, errorCode } from '../store/database.ts';
import { applyPolicies } from '../store/rollup-policies.ts';
import { refreshLate, refreshNext } from '../store/rollup-refresh.ts';
import type { RollupsKeptAs } from '../store/rollups.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

const EVERY_MS = 10_000;
/** Between two steps while there is more to do: the database belongs to the writer first. */
const REST_MS = 100;
const SHORTEST_STRETCH_MS = 60_000;
const LONGEST_STRETCH_MS = 86_400_000;
/** A step that takes longer than this takes on half as much the next time; one four times as fast, twice as much. */
const STEP_MS = 2_000;
/** The first wait for the lock of an announcement was in vain: somebody's transaction is long. Nothing is wrong yet. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Keeps the rollups up to date, in steps of a bounded size, and on TimescaleDB Community sets the policies that do the same
 * from then on. Returns when `signal` aborts; after a crash it goes on where it was.
 */
export async function runRollups(options: {
  /** One whose statements may take minutes, and whose connections nobody waits for. */
  readonly database: Database;
  readonly keptAs: RollupsKeptAs;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { database, keptAs, retention, clock, metrics, logger, signal } = options;
  let stretchMs = 10 * SHORTEST_STRETCH_MS;
  let trouble: string | null = null;
  let hasPolicies = keptAs === 'tables';
  while (!signal.aborted) {
    let isBehind = false;
    try {
      const startedAt = clock.now();
      const step = { keptAs, now: startedAt, keepMs: retention.readingsMs, stretchMs };
      const next = await refreshNext(database, step);
      stretchMs = fitStretch(stretchMs, clock.now() - startedAt);
      const late = await refreshLate(database, step);
      isBehind = next === 'behind' || late === 'behind';
      if (next === 'up to date' && !hasPolicies) {
        // Not before: a policy begins with yesterday, and would make TimescaleDB believe that all before it is done.
        const policies = await database.transaction((session) => applyPolicies(session, retention));
        if (policies === 'changed')
          logger.info({ retention }, 'set the policies of TimescaleDB as the plant file says');
        hasPolicies = true;
      }
      if (trouble !== null) logger.info('the rollups are made again');
      trouble = null;
    } catch (error) {
      metrics.rollupFailures.inc();
      stretchMs = Math.max(SHORTEST_STRETCH_MS, halve(stretchMs));
      const code = errorCode(error);
      if (code !== trouble && code !== LOCK_NOT_AVAILABLE)
        logger.warn({ code, err: error }, 'cannot make the rollups, will retry; readings are not concerned');
      if (code !== LOCK_NOT_AVAILABLE) trouble = code;
    }
    await clock.sleep(isBehind ? REST_MS : EVERY_MS, signal);
  }
}

function fitStretch(stretchMs: number, tookMs: number): number {
  if (tookMs > STEP_MS) return Math.max(SHORTEST_STRETCH_MS, halve(stretchMs));
  return tookMs < STEP_MS / 4 ? Math.min(LONGEST_STRETCH_MS, stretchMs * 2) : stretchMs;
}

/** In whole minutes: rollups begin and end there. */
function halve(stretchMs: number): number {
  return Math.floor(stretchMs / 2 / SHORTEST_STRETCH_MS) * SHORTEST_STRETCH_MS;
}
