import type { ApiServices } from '../api/services.ts';
import type { AssetHealth } from '../model/asset-health.ts';
import type { Clock } from '../model/clock.ts';
import type { EpochMs } from '../model/reading.ts';
import { type HealthMark, listNewestHealth, readHealthSeen, storeHealth } from '../store/asset-health.ts';
import type { Database } from '../store/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { HealthOptions } from './health.ts';

const EVERY_MS = 30_000;
/** When nobody has looked for longer than this, what was before does not hold for the time between. A restart takes less. */
const UNSEEN_AFTER_MS = 5 * 60_000;

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
  const keep = createHealthHistory(database, clock);
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

/** Makes what stores how assets are, where that has changed. Of the time before the last look it asks the database, once. */
export function createHealthHistory(
  database: Database,
  clock: Pick<Clock, 'now'>,
): (healths: readonly AssetHealth[]) => Promise<void> {
  let known: { readonly last: ReadonlyMap<string, HealthMark>; readonly seenUntil: EpochMs | null } | null = null;
  return async (healths) => {
    known ??= {
      seenUntil: await readHealthSeen(database),
      last: new Map((await listNewestHealth(database)).map((mark) => [mark.asset, mark])),
    };
    const { last, seenUntil } = known;
    // A clock that was put back must not put what is newer before what is older.
    const at = Math.max(clock.now(), seenUntil ?? 0);
    const unseen =
      seenUntil !== null && at - seenUntil > UNSEEN_AFTER_MS
        ? [...last.values()].filter(isKnown).map(({ asset }) => unknownFrom(asset, seenUntil))
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
    const now = [...gone.map(({ asset }) => unknownFrom(asset, at)), ...changed];
    await database.transaction((session) => storeHealth(session, { marks: [...unseen, ...now], seenUntil: at }));
    known = { seenUntil: at, last: new Map([...before, ...now.map((mark) => [mark.asset, mark] as const)]) };
  };
}

function isKnown({ health, confidence }: HealthMark): boolean {
  return health !== null || confidence > 0;
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
