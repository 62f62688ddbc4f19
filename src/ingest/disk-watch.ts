import type { Clock } from '../model/clock.ts';
import type { DiskUse } from '../store/disk.ts';

const EVERY_MS = 30_000;
const FILLING = 0.8;
/** It must fall this far before the next crossing is told: a disk at the mark would else fill the log, too. */
const CLEARED = 0.78;

/** Watches how full a disk of this machine is, and tells when it is filling up. */
export class DiskWatch {
  /** As of the last look; `null` before the first. */
  disk: (DiskUse & { readonly filling: boolean }) | null = null;

  /** Looks every half minute, until `signal` aborts; tells when 80 % are crossed, and when there is room again. */
  async run(options: {
    readonly measure: () => Promise<DiskUse>;
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly onLook: (disk: DiskUse) => void;
    readonly onCrossing: (disk: DiskUse, what: 'filling' | 'room again') => void;
    /** Called once for each time that it can't be measured for a while. */
    readonly onFailure: (error: unknown) => void;
  }): Promise<void> {
    const { measure, clock, signal, onLook, onCrossing, onFailure } = options;
    let hasFailed = false;
    while (!signal.aborted) {
      try {
        const disk = await measure();
        hasFailed = false;
        const wasFilling = this.disk?.filling ?? false;
        const filling = disk.used >= (wasFilling ? CLEARED : FILLING);
        this.disk = { ...disk, filling };
        onLook(disk);
        if (filling !== wasFilling) onCrossing(disk, filling ? 'filling' : 'room again');
      } catch (error) {
        if (!hasFailed) onFailure(error);
        hasFailed = true;
      }
      await clock.sleep(EVERY_MS, signal);
    }
  }
}
