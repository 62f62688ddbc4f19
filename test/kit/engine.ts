import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertJournal } from '../../src/alerts/journal.ts';
import { AlertRecorder } from '../../src/alerts/recorder.ts';
import { EngineHost } from '../../src/engine/host.ts';
import { folderFiles } from '../../src/ingest/log/files.ts';
import { Log } from '../../src/ingest/log/log.ts';
import { systemClock } from '../../src/model/clock.ts';
import type { Plant, Rule, Tag } from '../../src/model/plant.ts';
import { listAlerts } from '../../src/store/alerts.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { readCursor } from '../../src/store/log-cursors.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { createDatabase } from './database.ts';

/** A readings log and a database over which engines are started, one after the other. */
export interface EngineBed extends AsyncDisposable {
  readonly log: Log;
  readonly database: Database;
  start(plant: Plant, moreDetectors?: string): Promise<StartedEngine>;
  /** Appends good readings of now; resolves when they are durable. */
  read(readings: Readonly<Record<string, number>>): Promise<void>;
}

/** An engine in its thread, with all that stores what it finds. */
export interface StartedEngine {
  readonly host: EngineHost;
  readonly metrics: Metrics;
  stop(): Promise<void>;
}

/** An empty bed on the project's PostgreSQL. */
export async function createEngineBed(): Promise<EngineBed> {
  const directory = await mkdtemp(join(tmpdir(), 'engine-'));
  const logDirectory = join(directory, 'log');
  await mkdir(logDirectory);
  const url = await createDatabase();
  await migrate(url);
  const database = openDatabase(url, { connections: 2, name: 'test', statements: 'pipelined' });
  const log = await Log.open(await folderFiles(logDirectory));
  let last = 0;
  return {
    log,
    database,
    read: async (readings) => {
      const tags = Object.keys(readings);
      last = Math.max(Date.now(), last + 1); // two readings of one tag and one time would be one
      const receivedAt = last;
      await log.append({
        kind: 'readings',
        receivedAt,
        batch: {
          tag: Int32Array.from(tags, (tag) => log.tagId(tag)),
          at: new Float64Array(tags.length).fill(receivedAt),
          value: Float64Array.from(Object.values(readings)),
          quality: new Uint8Array(tags.length),
          codes: new Map(),
        },
      });
    },
    start: async (plant, moreDetectors) => {
      const metrics = createMetrics();
      const logger = createLogger('fatal');
      const { journal, content } = await AlertJournal.open(join(directory, 'alerts.journal'));
      const recorder = new AlertRecorder({
        journal,
        unstored: content.entries,
        database,
        direct: { offer: () => {}, resume: () => {}, settle: async () => new Map(), forget: () => {} },
        plant,
        logId: log.id,
        position: (await readCursor(database, 'engine', log.id)) ?? 0,
        openAlerts: await listAlerts(database, { state: 'active', limit: 1_000 }),
        clock: systemClock,
        random: Math.random,
        metrics,
        logger,
        onTransitions: () => {},
        claimMs: 0,
      });
      recorder.start();
      const host = new EngineHost({
        plant,
        log,
        logDirectory,
        databaseUrl: url,
        clock: systemClock,
        metrics,
        logger,
        recorder,
        onCheckpointed: () => {},
        onDerived: () => Promise.reject(new Error('no plant here has derived tags')),
        maxHeapMb: 128,
        ...(moreDetectors !== undefined && { moreDetectors }),
      });
      return {
        host,
        metrics,
        stop: async () => {
          await host.stop();
          await recorder.stop();
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      await log.close();
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** A plant with these rules, and the tags that they name. */
export function plantWith(rules: readonly (Partial<Rule> & Pick<Rule, 'id' | 'on' | 'detect'>)[]): Plant {
  const usual = { with: {}, when: null, onDelayMs: 0, offDelayMs: 0, priority: 'high', workOrder: null } as const;
  return {
    name: 'test',
    timezone: 'UTC',
    sources: [],
    assets: [],
    tags: [...new Set(rules.flatMap(({ on }) => on))].map(tagOf),
    rules: rules.map((rule) => ({ ...usual, ...rule })),
    endpoints: [],
    allowPrivateWebhookTargets: [],
    retention: { readingsMs: 1, rollupsMs: 1, waveformsMs: 1, compressAfterMs: 1 },
    log: { maxBytes: 2 ** 30, whenFull: 'refuse' },
  };
}

function tagOf(name: string): Tag {
  const asset = name.split('.')[0]!;
  return { name, asset, unit: null, source: null, range: null, deadband: 0, heartbeatMs: 60_000 };
}
