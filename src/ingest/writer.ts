import type { Clock } from '../model/clock.ts';
import { StoreError } from '../model/errors.ts';
import type { PlacedRecord } from '../model/log-record.ts';
import type { ReadingRows } from '../store/copy-rows.ts';
import { type Database, errorCode, mayRetry, type Session } from '../store/database.ts';
import { moveCursor, readCursor } from '../store/log-cursors.ts';
import { type StoredCounts, storeChecked, storeRows } from '../store/readings.ts';
import { ensurePartition, partitionOf } from '../store/readings-table.ts';
import { insist, type RetryOptions } from '../store/retry.ts';
import { ensureTags } from '../store/tags.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { waitForDurable } from './log/durable.ts';
import type { LogFiles } from './log/files.ts';
import type { Log } from './log/log.ts';
import { LogReader } from './log/reader.ts';
import { type GatheredRows, gatherRows } from './rows.ts';
import type { TagRegistry } from './tag-registry.ts';

/** A transaction takes about this many readings: COPY is at its best from 5,000 to 10,000. */
const BATCH_READINGS = 10_000;
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
  /** Called with the new position after every commit. */
  readonly onStored: (position: number) => void;
}

/**
 * Carries readings from the log into the database, each exactly once: rows and cursor commit together.
 * Waits and tries again while the database is away. Returns when `signal` aborts; throws only when it can't go on.
 */
export async function runWriter(options: WriterOptions): Promise<void> {
  const { log, files, clock, metrics, logger, signal } = options;
  const retry: RetryOptions = {
    clock,
    random: options.random,
    signal,
    onTrouble: (code, error) => {
      metrics.writerFailures.inc();
      logger.warn({ code, err: error }, 'cannot store readings, will retry; they wait in the readings log');
    },
    onRecovered: () => logger.info('the database takes readings again'),
  };
  const state: WriterState = { tagIds: new Map(), partitions: new Set(), hasMadeAnew: false };
  const start = await insist(() => readCursor(options.database, 'writer', log.id), retry);
  if (start === undefined) return;
  const reader = new LogReader(files, beginAt(start, log));
  try {
    let pending: PlacedRecord[] = [];
    while (!signal.aborted) {
      metrics.writerLagBytes.set(log.durable - reader.position);
      pending = await nextBatch(reader, options);
      if (pending.length === 0) continue;
      const gathered = gatherRows(pending, reader.names);
      const counts = await insist(() => commit(gathered, pending.at(-1)!.end, options, state), retry);
      if (!counts) return;
      metrics.writerStored.inc(counts.stored);
      metrics.writerDuplicates.inc(counts.duplicates + gathered.duplicates);
      metrics.writerConflicts.inc(counts.conflicts + gathered.conflicts);
      if (reader.damagedBytes > 0) {
        metrics.logDamaged.inc(reader.damagedBytes);
        logger.error({ bytes: reader.damagedBytes, at: clock.now() }, 'a damaged part of the readings log was skipped');
        reader.damagedBytes = 0;
      }
      options.onStored(pending.at(-1)!.end);
    }
  } finally {
    await reader.close();
  }
}

/**
 * Where to read on. A cursor beyond the log's end means that the folder was put back to an earlier state: everything that
 * is there is read again, and what the database has already is recognised.
 */
function beginAt(cursor: number | null, log: Log): number {
  if (cursor === null || cursor > log.durable) return log.start;
  return Math.max(cursor, log.start);
}

/** What the writer remembers about the database, to ask only once. Filled only by what was committed. */
interface WriterState {
  readonly tagIds: Map<string, number>;
  readonly partitions: Set<number>;
  /** The last commit failed for want of a partition, and they are being made again. */
  hasMadeAnew: boolean;
}

async function nextBatch(reader: LogReader, { log, clock, signal }: WriterOptions): Promise<PlacedRecord[]> {
  await waitForDurable(log, reader.position, signal);
  const records: PlacedRecord[] = [];
  let readings = 0;
  const deadline = clock.now() + BATCH_WAIT_MS;
  while (readings < BATCH_READINGS && !signal.aborted) {
    const more = await reader.read(log.durable);
    for (const { record } of more) if (record.kind === 'readings') readings += record.batch.tag.length;
    records.push(...more);
    if (more.length > 0) continue;
    const waitMs = deadline - clock.now();
    if (waitMs <= 0) break;
    await clock.sleep(waitMs, signal);
  }
  return records;
}

async function commit(
  gathered: GatheredRows,
  position: number,
  options: WriterOptions,
  state: WriterState,
): Promise<StoredCounts> {
  await learnTags(gathered, options, state);
  await makePartitions(gathered, options, state);
  const rows = withTagIds(gathered, state.tagIds);
  try {
    const counts = await commitRows(rows, position, options);
    state.hasMadeAnew = false;
    return counts;
  } catch (error) {
    if (mayRetry(error)) throw error;
    if (!isPartitionMissing(error) || state.hasMadeAnew) {
      state.hasMadeAnew = false;
      return salvage(rows, position, options);
    }
    state.hasMadeAnew = true; // once: should it not help, something else is wrong with the row
    state.partitions.clear(); // retention dropped one meanwhile
    throw new StoreError('transaction_lost', 'a partition is gone, and is made again', { cause: error });
  }
}

/** PostgreSQL has no code of its own for it: it is a check_violation, told apart by its words. */
function isPartitionMissing(error: unknown): boolean {
  return errorCode(error) === '23514' && error instanceof Error && error.message.startsWith('no partition of relation');
}

const UNIQUE_VIOLATION = '23505';

async function commitRows(
  rows: ReadingRows,
  position: number | null,
  { database, log, clock }: WriterOptions,
): Promise<StoredCounts> {
  const moveOn = async (session: Session) => {
    if (position !== null) await moveCursor(session, { reader: 'writer', logId: log.id, position, at: clock.now() });
  };
  try {
    return await database.transaction(async (session) => {
      if (rows.tagId.length > 0) await storeRows(session, rows);
      await moveOn(session);
      return { stored: rows.tagId.length, duplicates: 0, conflicts: 0 };
    });
  } catch (error) {
    if (errorCode(error) !== UNIQUE_VIOLATION) throw error;
    return await database.transaction(async (session) => {
      const counts = await storeChecked(session, rows); // some of it is there already
      await moveOn(session);
      return counts;
    });
  }
}

/**
 * Stores all but what the database will never take, by halving; the cursor moves with the last half. After a crash in
 * between, the first halves are found to be there.
 */
async function salvage(rows: ReadingRows, position: number | null, options: WriterOptions): Promise<StoredCounts> {
  try {
    return await commitRows(rows, position, options);
  } catch (error) {
    if (mayRetry(error)) throw error;
    const n = rows.tagId.length;
    if (n > 1) {
      const first = await salvage(sliceRows(rows, 0, n >> 1), null, options);
      const second = await salvage(sliceRows(rows, n >> 1, n), position, options);
      return {
        stored: first.stored + second.stored,
        duplicates: first.duplicates + second.duplicates,
        conflicts: first.conflicts + second.conflicts,
      };
    }
    const { metrics, logger } = options;
    metrics.writerRefused.inc(n);
    logger.error(
      { tagId: rows.tagId[0], at: rows.at[0], value: rows.value[0], err: error },
      'the database refuses a reading',
    );
    return commitRows(sliceRows(rows, 0, 0), position, options);
  }
}

function sliceRows({ tagId, at, value, quality, codes }: ReadingRows, from: number, to: number): ReadingRows {
  const own = [...codes].filter(([row]) => row >= from && row < to);
  return {
    tagId: tagId.subarray(from, to),
    at: at.subarray(from, to),
    value: value.subarray(from, to),
    quality: quality.subarray(from, to),
    codes: new Map(own.map(([row, code]) => [row - from, code])),
  };
}

async function learnTags(
  { tags }: GatheredRows,
  { database, tags: registry }: WriterOptions,
  { tagIds }: WriterState,
): Promise<void> {
  const missing = tags.filter((name) => !tagIds.has(name));
  if (missing.length === 0) return;
  const wanted = missing.map((name) => ({
    name,
    asset: name.slice(0, name.indexOf('.')),
    source: registry.find(name)?.source ?? null,
  }));
  const found = await database.transaction((session) => ensureTags(session, wanted));
  for (const [name, id] of found) tagIds.set(name, id);
}

async function makePartitions(
  { at }: GatheredRows,
  options: WriterOptions,
  { partitions }: WriterState,
): Promise<void> {
  if (options.partitions === 'made by the database') return;
  const needed = new Set<number>();
  for (const time of at) needed.add(partitionOf(time));
  for (const partition of needed) {
    if (partitions.has(partition)) continue;
    await options.database.transaction((session) => ensurePartition(session, partition));
    partitions.add(partition);
  }
}

function withTagIds(
  { tags, tag, at, value, quality, codes }: GatheredRows,
  tagIds: ReadonlyMap<string, number>,
): ReadingRows {
  const ids = tags.map((name) => tagIds.get(name)!);
  return { tagId: tag.map((index) => ids[index]!), at, value, quality, codes };
}
