import { batchLength } from '../model/batch.ts';
import type { Database } from '../store/database.ts';
import { readCursor } from '../store/log-cursors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { LiveValues } from './live-values.ts';
import type { LogFiles } from './log/files.ts';
import type { Log } from './log/log.ts';
import { surveyLog } from './survey.ts';
import { beginAt } from './writer.ts';

/** What the backlog is kept in. */
export type BacklogMetrics = Pick<Metrics, 'logWaiting' | 'logAtStart' | 'logLost'>;

/**
 * Counts the readings that are durable and not in the database yet: the term between what was accepted and what the writer
 * did. Counted where a reading enters and where the writer leaves it, never derived from the other terms, so that the
 * conservation equation of `/metrics` can fail.
 */
export class Backlog {
  readonly #metrics: BacklogMetrics;
  #waiting: number;

  /** `atStart`: readings that an earlier run left in the log. */
  constructor(metrics: BacklogMetrics, atStart: number) {
    this.#metrics = metrics;
    this.#waiting = atStart;
    metrics.logAtStart.set(atStart);
    metrics.logWaiting.set(atStart);
  }

  /** Takes readings that have just become durable. */
  logged(readings: number): void {
    this.#change(readings);
  }

  /**
   * Takes what the writer has passed: `readings` of the log, committed or refused. `isAll`: it has passed everything there
   * is, so what still seems to wait was in a damaged part of the log.
   */
  passed({ readings, isAll }: { readonly readings: number; readonly isAll: boolean }): void {
    this.#change(-readings);
    if (!isAll || this.#waiting <= 0) return;
    this.#metrics.logLost.inc(this.#waiting);
    this.#change(-this.#waiting);
  }

  #change(by: number): void {
    this.#waiting += by;
    this.#metrics.logWaiting.set(this.#waiting);
  }
}

/**
 * Counts what an earlier run left for the writer, shows it to `live`, and goes on from there. Call it before anything is
 * appended.
 */
export async function openBacklog(options: {
  readonly log: Log;
  readonly files: LogFiles;
  readonly database: Database;
  readonly live: Pick<LiveValues, 'recover'>;
  readonly metrics: BacklogMetrics;
}): Promise<Backlog> {
  const { log, files, database, live, metrics } = options;
  const cursor = await readCursor(database, 'writer', log.id);
  const from = beginAt(cursor, log);
  // The table of newest readings is behind what is stored, and may not have been written yet at all.
  const latestFrom = beginAt(await readCursor(database, 'latest', log.id), log);
  let readings = 0;
  await surveyLog(files, { from: Math.min(from, latestFrom), to: log.durable }, ({ record, position }, tagNames) => {
    if (record.kind !== 'readings') return;
    if (position >= from) readings += batchLength(record.batch);
    live.recover(record.batch, tagNames);
  });
  return new Backlog(metrics, readings);
}
