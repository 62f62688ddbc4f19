import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBacklog } from '../../src/ingest/backlog.ts';
import { LiveValues } from '../../src/ingest/live-values.ts';
import { folderFiles, type LogFiles } from '../../src/ingest/log/files.ts';
import { Log } from '../../src/ingest/log/log.ts';
import { TagRegistry } from '../../src/ingest/tag-registry.ts';
import { runWriter } from '../../src/ingest/writer.ts';
import { systemClock } from '../../src/model/clock.ts';
import { type Database, errorCode, openDatabase } from '../../src/store/database.ts';
import { readCursor } from '../../src/store/log-cursors.ts';
import { migrate } from '../../src/store/migrate.ts';
import { ensureReadingsTable } from '../../src/store/readings-table.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { seeded } from '../kit/seeded.ts';

const TAGS = 40;
const BATCH = 500;
const BATCHES = 500;
const T0 = Date.now() - 3_600_000;

let directory: string;
let url: string;
let database: Database;
let files: LogFiles;
let log: Log;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'drain-'));
  url = await createDatabase();
  await migrate(url);
  database = openDatabase(url, { connections: 4, name: 'drain' });
  await ensureReadingsTable(database, 'postgresql');
  files = await folderFiles(directory);
  log = await Log.open(files, { segmentBytes: 512 * 1024 });
});
afterEach(async () => {
  await log.close();
  await database.close();
  await rm(directory, { recursive: true });
});

/** Fills the log with a backlog in which every 25th batch is one that was sent before. How many keys there are. */
async function fillLog(): Promise<number> {
  const append = (number: number) => {
    const rows = Array.from({ length: BATCH }, (_, i) => number * BATCH + i);
    return log.append({
      kind: 'readings',
      receivedAt: 1,
      batch: {
        tag: Int32Array.from(rows, (row) => log.tagId(`a.t${row % TAGS}`)),
        at: Float64Array.from(rows, (row) => T0 + Math.floor(row / TAGS)),
        value: Float64Array.from(rows, (row) => row),
        quality: new Uint8Array(BATCH),
        codes: new Map(),
      },
    });
  };
  await Promise.all(Array.from({ length: BATCHES }, (_, i) => append(i % 25 === 24 ? i - 20 : i)));
  return (BATCHES - BATCHES / 25) * BATCH;
}

async function startWriter({ into = database, stop = new AbortController() } = {}) {
  const metrics = createMetrics();
  let position = (await readCursor(database, 'writer', log.id)) ?? 0;
  const positions: number[] = [];
  const done = runWriter({
    log,
    files,
    database: into,
    tags: new TagRegistry([]),
    partitions: 'made by us',
    clock: systemClock,
    random: Math.random,
    metrics,
    logger: createLogger('fatal'),
    signal: stop.signal,
    onStored: (end) => {
      position = end;
      positions.push(end);
    },
    onTagsWritten: () => undefined,
    onRefused: () => undefined,
    onLatestKept: () => undefined,
  });
  let failure: unknown = null;
  done.catch((error: unknown) => {
    failure = error;
  });
  const isThrough = () => {
    if (failure) throw failure;
    return position === log.durable;
  };
  return { stop, done, metrics, positions, isThrough };
}

/** What a start does: it brings the table of newest readings up to what is stored. */
async function recallLatest(): Promise<void> {
  await openBacklog({ log, files, database, live: new LiveValues(), clock: systemClock, metrics: createMetrics() });
  const cursors = await queryDatabase<{ reader: string; position: string }>(
    url,
    `select reader, position from log_cursor where reader in ('writer', 'latest')`,
  );
  expect(new Set(cursors.map(({ position }) => position)).size).toBe(1);
}

async function expectEverythingOnce(keys: number): Promise<void> {
  const [found] = await queryDatabase<{ n: number; wrong: number }>(
    url,
    `select count(*)::int as n,
            (count(*) filter (where value::bigint % $1 <> substr(t.name, 4)::int))::int as wrong
       from reading r join tag t on t.id = r.tag_id`,
    [TAGS],
  );
  expect(found).toEqual({ n: keys, wrong: 0 });
  const [latest] = await queryDatabase<{ n: number }>(
    url,
    `select count(*)::int as n from reading_latest l
      where l.at = (select max(at) from reading r where r.tag_id = l.tag_id)`,
  );
  expect(latest!.n).toBe(TAGS);
}

async function totalOf(metrics: ReturnType<typeof createMetrics>): Promise<number> {
  const { writerStored, writerDuplicates, writerConflicts, writerQuarantined } = metrics;
  let sum = 0;
  for (const counter of [writerStored, writerDuplicates, writerConflicts, writerQuarantined]) {
    sum += (await counter.get()).values[0]?.value ?? 0;
  }
  return sum;
}

describe('a writer with a backlog', () => {
  it('stores everything once, in the order of the log, while its connections are cut', async () => {
    const keys = await fillLog();
    const writer = await startWriter();
    const random = seeded(7);
    while (!writer.isThrough()) {
      await queryDatabase(
        url,
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'millwright drain' and datname = current_database()
            and state <> 'idle' and random() < 0.5`,
      );
      await systemClock.sleep(random() * 1_000);
    }
    writer.stop.abort();
    await writer.done;
    await recallLatest(); // its last word on the newest readings may have been cut off
    expect(writer.positions).toEqual([...writer.positions].sort((a, b) => a - b));
    await expectEverythingOnce(keys);
    expect(await totalOf(writer.metrics)).toBe(BATCH * BATCHES);
  });

  it('goes on where its last commit ended, however often it is stopped', async () => {
    const keys = await fillLog();
    for (let round = 0; ; round++) {
      const writer = await startWriter();
      while (!writer.isThrough() && writer.positions.length < 1 + (round % 3)) await systemClock.sleep(2);
      const isThrough = writer.isThrough();
      writer.stop.abort();
      await writer.done;
      if (isThrough) break;
    }
    await expectEverythingOnce(keys);
  });

  it('stores nothing that comes after what it gave up when it was stopped', async () => {
    const keys = await fillLog();
    const stop = new AbortController();
    // Stopped at the moment at which the plain COPY of a stretch has failed: it holds what was stored before.
    const stopping: Database = {
      ...database,
      transaction: (work) =>
        database.transaction(work).catch((error: unknown) => {
          if (errorCode(error) === '23505') stop.abort();
          throw error;
        }),
    };
    const stopped = await startWriter({ into: stopping, stop });
    await stopped.done;
    expect(stop.signal.aborted).toBe(true);
    expect(stopped.isThrough()).toBe(false);

    const writer = await startWriter();
    while (!writer.isThrough()) await systemClock.sleep(5);
    writer.stop.abort();
    await writer.done;
    await expectEverythingOnce(keys);
  });

  it('puts what the database refuses into quarantine once, whatever is in flight', async () => {
    const keys = await fillLog();
    await queryDatabase(url, 'alter table reading add constraint poison check (value::bigint % 30011 <> 30010)');
    const writer = await startWriter();
    while (!writer.isThrough()) await systemClock.sleep(5);
    writer.stop.abort();
    await writer.done;
    const [stored] = await queryDatabase<{ n: number }>(url, 'select count(*)::int as n from reading');
    const [refused] = await queryDatabase<{ n: number; tags: number }>(
      url,
      `select count(distinct (tag, at))::int as n, count(*)::int as tags from quarantine where reason = '23514'`,
    );
    expect(refused!.n).toBeGreaterThan(4);
    expect(stored!.n + refused!.n).toBe(keys);
    expect(await totalOf(writer.metrics)).toBe(BATCH * BATCHES);
  });
});
