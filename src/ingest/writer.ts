import type { Clock } from '../model/clock.ts';
import type { PlacedRecord } from '../model/log-record.ts';
import { type Database, mayRetry } from '../store/database.ts';
import { readCursor } from '../store/log-cursors.ts';
import type { QuarantineEntry } from '../store/quarantine.ts';
import { ensurePartition, partitionOf } from '../store/readings-table.ts';
import { insist, type RetryOptions } from '../store/retry.ts';
import { ensureTags } from '../store/tags.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { BACKLOG_BYTES, nextBatchSize, USUAL_READINGS } from './batch-size.ts';
import { captureInReadings, gatherCaptures, packCaptures } from './captures.ts';
import {
  type CommitContext,
  type CommitCounts,
  commitAfter,
  commitFast,
  isPartitionMissing,
  PredecessorFailed,
} from './commit-stretch.ts';
import { Latest } from './latest.ts';
import { waitForDurable } from './log/durable.ts';
import type { LogFiles } from './log/files.ts';
import type { Log } from './log/log.ts';
import { LogReader } from './log/reader.ts';
import { gatherRows, sortRows } from './rows.ts';
import { areApart, gatherForgets, makeStretch, type Stretch } from './stretch.ts';
import type { TagRegistry } from './tag-registry.ts';
import { gatherTexts, textRows, textsInReadings } from './texts/logged-texts.ts';

/** A batch that is not full waits at most this long for more. */
const BATCH_WAIT_MS = 100;

/** What the writer needs. */
export interface WriterOptions {
  readonly log: Log;
  readonly files: LogFiles;
  readonly database: Database;
  readonly tags: TagRegistry;
  /** Whether the table needs its partitions made (plain PostgreSQL). */
  readonly partitions: 'made by us' | 'made by the database';
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called after every commit with the new position and how many readings of the log were dealt with. */
  readonly onStored: (position: number, readings: number) => void;
  /** Called after tags were made, or something new was written about them. */
  readonly onTagsWritten: () => void;
  /** Called with readings that the database refused and that are in quarantine now. */
  readonly onRefused: (readings: readonly QuarantineEntry[]) => void;
  /** Called when the newest readings of what lies before this position are kept. */
  readonly onLatestKept: (position: number) => void;
}

/**
 * Carries readings from the log into the database, each exactly once: rows and cursor commit together.
 * Waits and tries again while the database is away. Returns when `signal` aborts; throws only when it can't go on.
 */
export async function runWriter(options: WriterOptions): Promise<void> {
  const halt = new AbortController();
  const signal = AbortSignal.any([options.signal, halt.signal]);
  const latest = new Latest({ ...options, logId: options.log.id, signal, onKept: options.onLatestKept });
  const writer = new Writer({ ...options, signal }, latest);
  const start = await writer.begin();
  if (start === undefined) return;
  const keeping = latest.run();
  const reader = new LogReader(options.files, start);
  let failure: unknown = null;
  const flying: Flight[] = [];
  try {
    while (!signal.aborted) {
      const stretch = await writer.next(reader);
      if (!stretch) continue;
      while (flying.length > 0 && !writer.mayFly(stretch, flying)) await flying[0]!.landed;
      // What was waited for may have been given up with this: then nothing that comes after it may be stored.
      if (signal.aborted) break;
      const flight = writer.launch(stretch, flying.at(-1));
      flying.push(flight);
      flight.landed
        .catch((error: unknown) => {
          failure ??= error;
          halt.abort();
        })
        .finally(() => flying.splice(flying.indexOf(flight), 1));
    }
  } finally {
    await Promise.allSettled(flying.map(({ landed }) => landed));
    await keeping;
    await latest.flush();
    await reader.close();
  }
  if (failure) throw failure;
}

/**
 * Where to read on. A cursor beyond the log's end means that the folder was put back to an earlier state: everything that
 * is there is read again, and what the database has already is recognised.
 */
export function beginAt(cursor: number | null, log: Pick<Log, 'start' | 'durable'>): number {
  if (cursor === null || cursor > log.durable) return log.start;
  return Math.max(cursor, log.start);
}

/** A stretch on its way into the database. */
interface Flight {
  readonly stretch: Stretch;
  /** The first attempt, which its successor's transaction may wait for. */
  readonly attempt: Promise<unknown>;
  /** Resolves when it is stored, in the order of the log, or when the writer stops. Rejects when it never will be. */
  readonly landed: Promise<void>;
}

/** While the log has a backlog, two transactions are in flight: PostgreSQL uses one core for each. */
const MOST_FLIGHTS = 2;
/** Anew with its partitions, checked for what is there, salvaged: a stretch that none of these stores stops the writer. */
const MOST_WAYS = 3;

/** What the writer remembers about the database, to ask only once, and how it is getting on. */
class Writer {
  readonly #options: WriterOptions;
  readonly #context: CommitContext;
  readonly #retry: RetryOptions;
  readonly #latest: Latest;
  readonly #tagIds = new Map<string, number>();
  readonly #tagNames = new Map<number, string>();
  readonly #partitions = new Set<number>();
  /** Read from the log, and too much for the stretch before. */
  #records: PlacedRecord[] = [];
  #size = USUAL_READINGS;
  #tookMs = 0;
  #backlogBytes = 0;
  /** The last commit failed for want of a partition, and they are being made again. */
  #hasMadeAnew = false;
  #isAway = false;

  constructor(options: WriterOptions, latest: Latest) {
    this.#options = options;
    this.#latest = latest;
    const { database, log, clock, tags, metrics, logger } = options;
    this.#context = { database, logId: log.id, clock, sourceOf: (tag) => tags.find(tag)?.source ?? null };
    this.#retry = {
      clock,
      random: options.random,
      signal: options.signal,
      onFailure: () => metrics.writerFailures.inc(),
      onTrouble: (code, error) => {
        if (!this.#isAway) metrics.writerOutages.inc();
        this.#isAway = true;
        logger.warn({ code, err: error }, 'cannot store readings, will retry; they wait in the readings log');
      },
      onRecovered: () => {
        this.#isAway = false;
        logger.info('the database takes readings again');
      },
    };
  }

  /** Where to read on; `undefined` when stopped first. */
  async begin(): Promise<number | undefined> {
    const { database, log } = this.#options;
    const { start, durable } = log; // as it was found: by the time the database answers it may have grown past any cursor
    const cursor = await insist(async () => ({ at: await readCursor(database, 'writer', log.id) }), this.#retry);
    return cursor && beginAt(cursor.at, { start, durable });
  }

  /** The next stretch, prepared while the one before is being stored; `null` when there is nothing, or it must stop. */
  async next(reader: LogReader): Promise<Stretch | null> {
    const { log, metrics } = this.#options;
    const position = this.#records[0]?.position ?? reader.position;
    metrics.writerLagBytes.set(log.durable - position);
    this.#backlogBytes = log.durable - position;
    this.#size = nextBatchSize(this.#size, { backlogBytes: this.#backlogBytes, tookMs: this.#tookMs });
    const records = await this.#read(reader);
    if (records.length === 0) return null;
    this.#reportDamage(reader);
    await breathe();
    const gathered = gatherRows(records, reader.names);
    const recorded = gatherCaptures(records, reader.names);
    const said = gatherTexts(records, reader.names);
    const names = [...gathered.tags, ...recorded.map(({ tag }) => tag), ...said.map(({ tag }) => tag)];
    const ids = await insist(() => this.#learnTags(names), this.#retry);
    if (!ids) return null;
    await breathe();
    const { rows, duplicates, conflicts } = sortRows(gathered, ids.slice(0, gathered.tags.length));
    await breathe();
    const captures = await packCaptures(recorded, ids.slice(gathered.tags.length));
    const texts = textRows(said, ids.slice(gathered.tags.length + recorded.length));
    const tagNames = this.#tagNames;
    const forgets = gatherForgets(records);
    const end = records.at(-1)!.end;
    const stretch = makeStretch({ end, rows, duplicates, conflicts, captures, texts, forgets, tagNames });
    const isReady = await insist(() => this.#makePartitions(stretch).then(() => true), this.#retry);
    return isReady ? stretch : null;
  }

  /** Whether `stretch` may go into the database while others are on their way. */
  mayFly(stretch: Stretch, flying: readonly Flight[]): boolean {
    if (this.#isAway || this.#backlogBytes <= BACKLOG_BYTES || flying.length >= MOST_FLIGHTS) return false;
    // The same key in two transactions: the first would wait for the second, which waits for its turn to commit.
    return flying.every((each) => areApart(each.stretch, stretch));
  }

  /** Sets out to store a stretch, to be committed after `before`. */
  launch(stretch: Stretch, before: Flight | undefined): Flight {
    const startedAt = this.#options.clock.now();
    const attempt = commitFast(stretch, this.#context, before?.attempt);
    attempt.catch(() => undefined); // looked at below, in its turn
    const land = async () => {
      await before?.landed;
      const counts = await attempt.catch((error: unknown) => this.#insistOn(stretch, error));
      if (!counts) return;
      this.#tookMs = this.#options.clock.now() - startedAt;
      this.#hasMadeAnew = false;
      this.#report(stretch, counts);
      const refused = new Set(counts.quarantined.map(({ tag }) => tag));
      const isRefused = (id: number) => refused.size > 0 && refused.has(stretch.tagNames.get(id)!);
      this.#latest.stored(stretch.rows, stretch.end, isRefused);
      const { rows, duplicates, conflicts, texts, end } = stretch;
      this.#options.onStored(end, rows.tagId.length + duplicates + conflicts + texts.length);
    };
    return { stretch, attempt, landed: land() };
  }

  /** Stores a stretch whose first attempt failed, however long it takes; `undefined` when stopped first. */
  async #insistOn(stretch: Stretch, first: unknown): Promise<CommitCounts | undefined> {
    if (mayRetry(first) && !(first instanceof PredecessorFailed)) this.#options.metrics.writerFailures.inc();
    let failure: unknown = first;
    return insist(async () => {
      for (let ways = 0; ; ways++) {
        if (isPartitionMissing(failure) && !this.#hasMadeAnew) {
          this.#hasMadeAnew = true; // once: should it not help, something else is wrong with the row
          this.#partitions.clear(); // retention dropped one meanwhile
          failure = null;
        }
        try {
          await this.#makePartitions(stretch);
          return await commitAfter(failure, stretch, this.#context);
        } catch (error) {
          // What lies in the data is gone about in another way, and is still known after the connection was lost.
          if (failure === null || mayRetry(failure) || !mayRetry(error)) failure = error;
          if (mayRetry(error) || ways === MOST_WAYS) throw error;
        }
      }
    }, this.#retry);
  }

  #report(stretch: Stretch, { stored, duplicates, conflicts, quarantined, captures }: CommitCounts): void {
    const { metrics, logger } = this.#options;
    for (const outcome of captures) {
      const { kind, as } = outcome;
      metrics.writerCaptures.inc({ kind, outcome: as });
      if (as === 'quarantined')
        logger.error({ ...outcome.entry }, 'the database refuses a waveform or thermal frame: it is in quarantine');
    }
    metrics.writerStored.inc(stored);
    metrics.writerDuplicates.inc(stretch.duplicates + duplicates);
    metrics.writerConflicts.inc(stretch.conflicts + conflicts);
    metrics.writerQuarantined.inc(quarantined.length);
    const [first] = quarantined;
    if (!first) return;
    this.#options.onRefused(quarantined);
    const { tag, at, value, reason, detail } = first;
    logger.error(
      { readings: quarantined.length, tag, at, value, reason, detail },
      'the database refuses readings: they are in quarantine; the first of them is told here',
    );
  }

  /** At least `#size` readings, or what comes within `BATCH_WAIT_MS`. */
  async #read(reader: LogReader): Promise<PlacedRecord[]> {
    const { log, clock, signal } = this.#options;
    if (this.#records.length === 0) await waitForDurable(log, reader.position, signal);
    const deadline = clock.now() + BATCH_WAIT_MS;
    let readings = 0;
    let count = 0;
    while (!signal.aborted) {
      for (; count < this.#records.length && readings < this.#size; count++) {
        readings += readingsIn(this.#records[count]!);
      }
      if (readings >= this.#size) break;
      const more = await reader.read(log.durable);
      for (const record of more) this.#records.push(record);
      if (more.length > 0) continue;
      const waitMs = deadline - clock.now();
      if (waitMs <= 0) break;
      await clock.sleep(waitMs, signal);
    }
    return this.#records.splice(0, count);
  }

  #reportDamage(reader: LogReader): void {
    if (reader.damagedBytes === 0) return;
    const { metrics, logger, clock } = this.#options;
    metrics.logDamaged.inc(reader.damagedBytes);
    logger.error({ bytes: reader.damagedBytes, at: clock.now() }, 'a damaged part of the readings log was skipped');
    reader.damagedBytes = 0;
  }

  /** The database's ids of tags, in their order. */
  async #learnTags(names: readonly string[]): Promise<number[]> {
    const { tags } = this.#options;
    const missing = new Set<string>();
    for (const name of names) if (!this.#tagIds.has(name) || tags.isUntold(name)) missing.add(name);
    if (missing.size > 0) {
      const wanted = [...missing].map((name) => tags.tellOf(name));
      const found = await this.#options.database.transaction((session) => ensureTags(session, wanted));
      for (const [name, id] of found) {
        this.#tagIds.set(name, id);
        this.#tagNames.set(id, name);
      }
      for (const tag of wanted) tags.told(tag);
      this.#options.onTagsWritten();
    }
    return names.map((name) => this.#tagIds.get(name)!);
  }

  async #makePartitions({ rows: { at } }: Stretch): Promise<void> {
    if (this.#options.partitions === 'made by the database') return;
    const needed = new Set<number>();
    for (const time of at) needed.add(partitionOf(time));
    for (const partition of needed) {
      if (this.#partitions.has(partition)) continue;
      await this.#options.database.transaction((session) => ensurePartition(session, partition));
      this.#partitions.add(partition);
    }
  }
}

function readingsIn({ record }: PlacedRecord): number {
  switch (record.kind) {
    case 'readings':
      return record.batch.tag.length;
    case 'texts':
      return textsInReadings(record);
    case 'waveform':
    case 'thermalFrame':
      return captureInReadings(record);
    case 'clock':
    case 'event':
      return 0;
  }
}

/** Lets the event loop do what waits: a large stretch is prepared in several turns. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
