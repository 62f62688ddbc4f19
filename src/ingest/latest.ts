import type { Clock } from '../model/clock.ts';
import { type EpochMs, qualityOf } from '../model/reading.ts';
import type { ReadingRows } from '../store/copy-rows.ts';
import { type Database, mayRetry } from '../store/database.ts';
import { type LatestRow, storeLatest } from '../store/latest-readings.ts';
import { moveCursor } from '../store/log-cursors.ts';
import type { Logger } from '../telemetry/log.ts';

/**
 * The table of newest readings is this far behind what is stored: kept with every batch, it would cost the database as much
 * again for each reading of a plant whose tags all change. Nobody reads it but the next start.
 */
const EVERY_MS = 5_000;

/** What keeping the table of newest readings needs. */
export interface LatestOptions {
  readonly database: Database;
  readonly logId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called when everything before this position of the log is in the table, or needs not be. */
  readonly onKept: (position: number) => void;
}

/** Remembers the newest stored reading of each tag, and writes what changed to `reading_latest` every few seconds. */
export class Latest {
  readonly #options: LatestOptions;
  #changed = new Map<number, LatestRow>();
  #position: number | null = null;

  constructor(options: LatestOptions) {
    this.#options = options;
  }

  /** Takes rows, sorted by (tag, time), of a stretch that was committed; not those of tags of which some were refused. */
  stored(rows: ReadingRows, position: number, isRefused: (tagId: number) => boolean): void {
    const { tagId, at } = rows;
    for (let i = 0; i < tagId.length; i++) {
      const id = tagId[i]!;
      if (tagId[i + 1] === id || isRefused(id)) continue;
      const known = this.#changed.get(id);
      if (known === undefined) this.#changed.set(id, rowOf(rows, i));
      else if (at[i]! > known.at) Object.assign(known, rowOf(rows, i)); // a new object would outlive the collector's nursery
    }
    this.#position = position;
  }

  /** Writes until `signal` aborts, and once more then. */
  async run(): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(EVERY_MS, signal);
      await this.flush();
    }
  }

  /** Writes what changed. Never rejects: what could not be written is written the next time. */
  async flush(): Promise<void> {
    const position = this.#position;
    if (position === null) return;
    const { database, logId, clock, logger, onKept } = this.#options;
    const rows = this.#changed;
    this.#changed = new Map();
    this.#position = null;
    try {
      // In the order of ids, as every writer takes them: two could wait for each other otherwise.
      const ordered = [...rows.values()].sort((a, b) => a.tagId - b.tagId);
      await database.transaction(async (session) => {
        await storeLatest(session, ordered);
        await moveCursor(session, { reader: 'latest', logId, position, at: clock.now() });
      });
      onKept(position);
    } catch (error) {
      for (const [id, row] of this.#changed) if (row.at >= (rows.get(id)?.at ?? row.at)) rows.set(id, row);
      this.#changed = rows;
      this.#position ??= position;
      if (!mayRetry(error)) logger.error({ err: error }, 'cannot keep the newest readings, will try again');
    }
  }
}

function rowOf({ tagId, at, value, quality, codes }: ReadingRows, i: number): LatestRow {
  return {
    tagId: tagId[i]!,
    at: at[i]! satisfies EpochMs,
    value: Number.isNaN(value[i]!) ? null : value[i]!,
    quality: qualityOf(quality[i]!),
    code: codes.get(i) ?? null,
  };
}
