import { type Batch, batchLength } from '../model/batch.ts';
import type { Clock } from '../model/clock.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Database } from '../store/database.ts';
import { findNumberedBefore, keepNewest } from '../store/latest-readings.ts';
import { moveCursor, readCursor } from '../store/log-cursors.ts';
import { readNewestTexts } from '../store/texts.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { LiveValues } from './live-values.ts';
import type { LogFiles } from './log/files.ts';
import type { Log } from './log/log.ts';
import { surveyLog } from './survey.ts';
import { toReading } from './texts/logged-texts.ts';
import { beginAt } from './writer.ts';

/** Tags whose newest readings are looked for in one statement. */
const TAGS_AT_ONCE = 5_000;

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

/** What an earlier run left. */
export interface FoundBacklog {
  readonly backlog: Backlog;
  /** The table of newest readings has all of what lies before this position of the log. */
  readonly latestKept: number;
}

/**
 * Looks once through what an earlier run left in the log: counts what waits for the writer, shows it to `live`, and brings the
 * table of newest readings, which is behind, up to what is stored. Call it before anything is appended.
 */
export async function openBacklog(options: {
  readonly log: Log;
  readonly files: LogFiles;
  readonly database: Database;
  readonly live: Pick<LiveValues, 'offer' | 'recover' | 'noteNumbers'>;
  readonly clock: Clock;
  readonly metrics: BacklogMetrics;
}): Promise<FoundBacklog> {
  const { log, files, database, live, clock, metrics } = options;
  const from = beginAt(await readCursor(database, 'writer', log.id), log);
  // It may not have been written yet at all.
  const latestFrom = Math.min(from, beginAt(await readCursor(database, 'latest', log.id), log));
  let readings = 0;
  const behind = new Map<string, EpochMs>();
  for (const reading of await readNewestTexts(database)) live.offer(reading);
  await surveyLog(files, { from: latestFrom, to: log.durable }, ({ record, position }, tagNames) => {
    if (record.kind === 'texts' && position >= from) {
      readings += record.texts.length;
      for (const text of record.texts)
        live.offer(toReading(text, tagNames.get(text.tag) ?? `lost-names.log-${text.tag}`));
    }
    if (record.kind !== 'readings') return;
    if (position < from) noteOldest(record.batch, tagNames, behind);
    else {
      readings += batchLength(record.batch);
      live.recover(record.batch, tagNames);
    }
  });
  // From what is stored, not from the log: the database may have refused some of that.
  const names = [...behind.keys()];
  for (let first = 0; first < names.length; first += TAGS_AT_ONCE) {
    const some = names.slice(first, first + TAGS_AT_ONCE);
    const since = some.reduce((earliest, name) => Math.min(earliest, behind.get(name)!), Number.POSITIVE_INFINITY);
    for (const reading of await keepNewest(database, { names: some, since })) live.offer(reading);
  }
  live.noteNumbers(await findNumberedBefore(database));
  if (latestFrom < from)
    await database.transaction((session) =>
      moveCursor(session, { reader: 'latest', logId: log.id, position: from, at: clock.now() }),
    );
  return { backlog: new Backlog(metrics, readings), latestKept: from };
}

function noteOldest({ tag, at }: Batch, tagNames: ReadonlyMap<number, string>, oldest: Map<string, EpochMs>): void {
  for (let row = 0; row < tag.length; row++) {
    const name = tagNames.get(tag[row]!);
    if (name !== undefined && at[row]! < (oldest.get(name) ?? Number.POSITIVE_INFINITY)) oldest.set(name, at[row]!);
  }
}
