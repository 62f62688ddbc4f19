import type { Clock } from '../model/clock.ts';
import type { Retention } from '../model/plant.ts';
import { dropHealthBefore, thinHealth } from '../store/asset-health.ts';
import type { Database } from '../store/database.ts';
import type { Edition } from '../store/edition.ts';
import { pruneQuarantine } from '../store/quarantine.ts';
import { dropReadingsBefore } from '../store/readings-table.ts';
import { dropRollupsBefore, type RollupsKeptAs } from '../store/rollups.ts';
import { dropTextsBefore } from '../store/texts-table.ts';
import { dropWaveformsBefore } from '../store/waveforms.ts';
import type { Logger } from '../telemetry/log.ts';

const EVERY_MS = 60 * 60_000;
/** What lies in quarantine is for a person to look at, soon. */
const QUARANTINE = { keepMs: 30 * 86_400_000, keep: 100_000 };
/** For so long each change of a machine's health is kept: 40,000 at most, as it is looked at every 30 s. */
const HEALTH_KEPT_MS = 14 * 86_400_000;

/**
 * Drops what is older than the plant keeps it, at start and then hourly: readings, rollups, waveforms. Where TimescaleDB's policies
 * do that, only what they don't know. Returns when `signal` aborts.
 */
export async function runRetention(options: {
  readonly database: Database;
  readonly edition: Edition;
  readonly keptAs: RollupsKeptAs;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { database, keptAs, retention, clock, logger, signal } = options;
  let thinnedTo: number | null = null;
  while (!signal.aborted) {
    try {
      const now = clock.now();
      await pruneQuarantine(database, { before: now - QUARANTINE.keepMs, keep: QUARANTINE.keep });
      const readings = keptAs === 'aggregates' ? 0 : await dropReadingsBefore(database, now - retention.readingsMs);
      const texts = await dropTextsBefore(database, now - retention.readingsMs, options.edition);
      if (texts > 0) logger.info({ texts }, 'dropped texts that are older than readings are kept');
      const rollups = await dropRollupsBefore(database, now - retention.rollupsMs);
      if (readings + rollups > 0)
        logger.info({ readings, rollups }, 'dropped chunks and partitions that are older than they are kept');
      await dropHealthBefore(database, now - retention.rollupsMs);
      const changes = await thinHealth(database, { from: thinnedTo, to: now - HEALTH_KEPT_MS });
      thinnedTo = now - HEALTH_KEPT_MS;
      if (changes > 0) logger.info({ changes }, 'thinned the history of the health that is older than two weeks');
      const captures = await dropWaveformsBefore(database, now - retention.waveformsMs);
      if (captures > 0)
        logger.info({ captures }, 'dropped waveforms and thermal frames that are older than they are kept');
    } catch (error) {
      logger.warn({ err: error }, 'cannot drop what is too old, will retry in an hour');
    }
    await clock.sleep(EVERY_MS, signal);
  }
}
