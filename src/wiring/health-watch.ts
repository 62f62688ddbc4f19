import type { ApiServices } from '../api/services.ts';
import type { AssetHealth } from '../model/asset-health.ts';
import type { Clock } from '../model/clock.ts';
import type { EpochMs } from '../model/reading.ts';
import { formatTime } from '../model/time.ts';
import {
  dropHealthAfter,
  type HealthMark,
  listNewestHealth,
  readHealthSeen,
  storeHealth,
} from '../store/asset-health.ts';
import type { Database } from '../store/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { HealthOptions } from './health.ts';

const EVERY_MS = 30_000;
/** When nobody has looked for longer than this, what was before does not hold for the time between. A restart takes less. */
const UNSEEN_AFTER_MS = 5 * 60_000;
/** A clock that was put back by less is waited for. */
const WAITED_FOR_MS = 60 * 60_000;
/** Ten minutes: a machine whose clock has no battery may begin in the past, and that is no reason to forget what has been since. */
const LOOKS_UNTIL_BELIEVED = 20;

/** Keeps the health of all assets of the plant file, in the metrics and as a history, until `signal` aborts. */
export async function runHealthWatch({
  healthOf,
  present,
  database,
  clock,
  metrics,
  logger,
  signal,
}: Pick<ApiServices, 'healthOf'> &
  Pick<HealthOptions, 'present' | 'clock' | 'database'> & {
    readonly metrics: Pick<Metrics, 'assetHealth' | 'assetHealthConfidence'>;
    readonly logger: Logger;
    readonly signal: AbortSignal;
  }): Promise<void> {
  const keep = createHealthHistory(database, clock, logger);
  let isFailing = false;
  while (!signal.aborted) {
    // The database is away, and says so itself.
    const healths = await healthOf(present().assets.map(({ id }) => id)).catch(() => null);
    metrics.assetHealth.reset();
    metrics.assetHealthConfidence.reset();
    for (const { asset, health, confidence } of healths ?? []) {
      if (health !== null) metrics.assetHealth.set({ asset }, health);
      metrics.assetHealthConfidence.set({ asset }, confidence);
    }
    try {
      if (healths !== null) await keep(healths);
      if (isFailing && healths !== null) logger.info('the history of the health is kept again');
      isFailing &&= healths === null;
    } catch (error) {
      if (!isFailing) logger.warn({ err: error }, 'the history of the health is not kept, will retry');
      isFailing = true;
    }
    await clock.sleep(EVERY_MS, signal);
  }
}

/**
 * Makes what stores how assets are, where that has changed. Of the time before the last look it asks the database, once. A last look
 * far in the future was made with a wrong clock: what it left is forgotten, or nothing would be kept until then.
 */
export function createHealthHistory(
  database: Database,
  clock: Pick<Clock, 'now'>,
  logger: Logger,
): (healths: readonly AssetHealth[]) => Promise<void> {
  const readLast = async () => new Map((await listNewestHealth(database)).map((mark) => [mark.asset, mark]));
  let known: { readonly last: ReadonlyMap<string, HealthMark>; readonly seenUntil: EpochMs | null } | null = null;
  let looksBefore = 0;
  return async (healths) => {
    known ??= { seenUntil: await readHealthSeen(database), last: await readLast() };
    const now = clock.now();
    if (known.seenUntil !== null && known.seenUntil - now > WAITED_FOR_MS) {
      looksBefore++;
      if (looksBefore < LOOKS_UNTIL_BELIEVED) return;
      const marks = await dropHealthAfter(database, now);
      logger.warn(
        { marks, seenUntil: formatTime(known.seenUntil) },
        'the clock was ahead when the health was kept last: forgot what was kept for later than now',
      );
      known = { seenUntil: now, last: await readLast() };
    }
    looksBefore = 0;
    const { last, seenUntil } = known;
    // A clock that was put back must not put what is newer before what is older.
    const at = Math.max(now, seenUntil ?? 0);
    const unseen =
      seenUntil !== null && at - seenUntil > UNSEEN_AFTER_MS
        ? [...last.values()].filter(isKnown).map((mark) => unknownFrom(mark.asset, afterLook(mark, seenUntil)))
        : [];
    const before = new Map([...last, ...unseen.map((mark) => [mark.asset, mark] as const)]);
    const present = new Set(healths.map(({ asset }) => asset));
    const gone = [...before.values()].filter((mark) => isKnown(mark) && !present.has(mark.asset));
    const changed = healths
      .map(({ asset, health, confidence }) => ({
        asset,
        at,
        health: hundredths(health),
        confidence: hundredths(confidence),
      }))
      .filter((mark) => !isSame(mark, before.get(mark.asset)));
    const fresh = [...gone.map(({ asset }) => unknownFrom(asset, at)), ...changed];
    await database.transaction((session) => storeHealth(session, { marks: [...unseen, ...fresh], seenUntil: at }));
    known = { seenUntil: at, last: new Map([...before, ...fresh.map((mark) => [mark.asset, mark] as const)]) };
  };
}

function isKnown({ health, confidence }: HealthMark): boolean {
  return health !== null || confidence > 0;
}

/** What was found by the last look itself must not be written over. */
function afterLook({ at }: HealthMark, seenUntil: EpochMs): EpochMs {
  return at >= seenUntil ? at + 1 : seenUntil;
}

function unknownFrom(asset: string, at: EpochMs): HealthMark {
  return { asset, at, health: null, confidence: 0 };
}

/** As people read it: finer steps would be a row for each reading of a value beyond its limit. */
function hundredths<Share extends number | null>(share: Share): Share {
  return (share === null ? null : Math.round(share * 100) / 100) as Share; // a number stays one
}

function isSame(mark: HealthMark, before: HealthMark | undefined): boolean {
  return before !== undefined && mark.health === before.health && mark.confidence === before.confidence;
}
