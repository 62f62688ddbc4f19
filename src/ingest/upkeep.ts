import type { Clock } from '../model/clock.ts';
import type { Retention } from '../model/plant.ts';
import { type DiskUse, measureDisk } from '../store/disk.ts';
import type { Store } from '../store/open-store.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { DiskWatch } from './disk-watch.ts';
import { runRetention } from './retention.ts';
import { runRollups } from './rollups.ts';

/** What keeps the store in order beside the line. */
export interface Upkeep {
  /** How full the disks of this machine are. */
  readonly disks: () => readonly (DiskUse & { readonly filling: boolean })[];
  /** Rolls up, drops what is too old, and watches the disk, until `signal` aborts. */
  run(signal: AbortSignal): Promise<unknown>;
}

/** Puts it together; nothing runs yet. */
export function createUpkeep(options: {
  readonly store: Store;
  readonly retention: Retention;
  /** The data directory, and what lies on its disk, in words. */
  readonly directory: { readonly path: string; readonly holds: string };
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}): Upkeep {
  const { store, retention, directory, clock, metrics, logger } = options;
  const upkeep = {
    database: store.maintenance,
    edition: store.edition,
    keptAs: store.rollups,
    retention,
    clock,
    metrics,
    logger,
  };
  const watch = new DiskWatch();
  const watchDisk = (signal: AbortSignal) =>
    watch.run({
      measure: () => measureDisk(directory.holds, directory.path),
      clock,
      signal,
      onLook: ({ holds, used }) => metrics.diskUsed.set({ holds }, used),
      onCrossing: ({ holds, used, freeBytes }, what) => {
        const fields = { holds, path: directory.path, percent: Math.round(used * 100), freeBytes };
        if (what === 'filling') logger.error(fields, 'the disk is filling up: make room, or readings will be refused');
        else logger.info(fields, 'the disk has room again');
      },
      onFailure: (error) => logger.warn({ err: error, path: directory.path }, 'cannot see how full the disk is'),
    });
  return {
    disks: () => (watch.disk === null ? [] : [watch.disk]),
    run: (signal) =>
      Promise.all([runRetention({ ...upkeep, signal }), runRollups({ ...upkeep, signal }), watchDisk(signal)]),
  };
}
