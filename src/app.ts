import { setMaxListeners } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { dueOf } from '../adapters/index.ts';
import { Access } from './api/auth.ts';
import { ensureFirstKey } from './api/first-key.ts';
import { listen } from './api/listen.ts';
import { LiveEvents } from './api/live-events.ts';
import { runLiveFeed } from './api/live-feed.ts';
import { LoginLinks } from './api/login-links.ts';
import { Quotas } from './api/quota.ts';
import { createServer } from './api/server.ts';
import type { LoadedPlant } from './config/load.ts';
import type { Settings } from './config/settings.ts';
import { createAdoption } from './ingest/adoption.ts';
import { openBacklog } from './ingest/backlog.ts';
import { runClockRecords } from './ingest/clock-records.ts';
import { runLedger } from './ingest/ledger.ts';
import { LiveValues } from './ingest/live-values.ts';
import { folderFiles } from './ingest/log/files.ts';
import { openReadingsLog } from './ingest/log/open-readings-log.ts';
import { openReceipts } from './ingest/receipts.ts';
import { retractRefused } from './ingest/retract-refused.ts';
import { TagRegistry } from './ingest/tag-registry.ts';
import { createUpkeep } from './ingest/upkeep.ts';
import { runWriter } from './ingest/writer.ts';
import type { Clock } from './model/clock.ts';
import type { Plant } from './model/plant.ts';
import { createChangeableGuard } from './notify/changeable-guard.ts';
import { createSecretBox, newWebhookSecret } from './notify/secrets.ts';
import { type DataDirectory, openDataDirectory } from './store/data-directory.ts';
import { openStore } from './store/open-store.ts';
import { readAllTags, storePlantFile } from './store/plant-file.ts';
import { keepPlantName } from './store/plant-name.ts';
import type { Logger } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { startAlerting } from './wiring/alerting.ts';
import { createApiReports } from './wiring/api-reports.ts';
import { createBacktests } from './wiring/backtests.ts';
import { createCommands } from './wiring/commands.ts';
import { createDerivedIntake } from './wiring/derived-intake.ts';
import { startFeatures } from './wiring/features.ts';
import { createHealth, runHealthWatch } from './wiring/health.ts';
import { createLogRelease } from './wiring/log-release.ts';
import { createPictures } from './wiring/pictures.ts';
import { createLivePlant, type Reloaded } from './wiring/plant-reload.ts';
import { createReadiness } from './wiring/readiness.ts';
import { createSources, prepareAdapters } from './wiring/sources.ts';

/** A running service. */
export interface Service {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The first admin key, when this start made it; it is not shown again. */
  readonly newAdminKey: string | null;
  /** A link that signs one person in, once. */
  loginLink(): string;
  /** Reads the plant file again: see `LivePlant.reload`. */
  reload(by: string): Promise<Reloaded>;
  /** Stops intake first, then drains; resolves when everything is closed. */
  stop(): Promise<void>;
}

/** What a service is started with. */
export interface ServiceOptions {
  readonly plant: Plant;
  /** Reads and checks the plant file again; absent: the plant can't change while the service runs. */
  readonly reread?: () => Promise<LoadedPlant>;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Breaks off the start. */
  readonly signal: AbortSignal;
}

/** Sources and loops stop within a second; the engine, the log and the database need the rest of five. */
const STOP_PATIENCE_MS = 2_000;
const version = (createRequire(import.meta.url)(fileURLToPath(packageFile('package.json'))) as { version: string })
  .version;

/** Starts the whole line, left to right. Throws one of our errors when it can't; then nothing is left running. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const directory = await openDataDirectory(options.settings.dataDirectory);
  const undo: (() => Promise<unknown>)[] = [() => directory.release()];
  try {
    return await start(options, directory, undo);
  } catch (error) {
    for (const each of undo.reverse()) await each().catch(() => undefined); // the first error is the one that matters
    throw error;
  }
}

async function start(
  options: ServiceOptions,
  directory: DataDirectory,
  undo: (() => Promise<unknown>)[],
): Promise<Service> {
  const { plant, settings, clock, random, logger, signal } = options;
  const startedAt = clock.now();
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // every loop below listens to it, and there are more than Node takes for a leak
  const metrics = createMetrics();

  // The store; while it starts, the libraries of the plant's protocols are loaded.
  const [store] = await Promise.all([
    openStore({
      url: settings.databaseUrl,
      directory,
      log: ({ level, message, fields }) => logger[level](fields, message),
      signal,
    }),
    prepareAdapters(plant.sources),
  ]);
  undo.push(() => store.close());
  const { database, edition } = store;
  logger.info({ edition, rollups: store.rollups, migrations: store.migrated.length }, 'the store is ready');

  // What the plant file says, and what is known from before.
  const guard = createChangeableGuard(plant.allowPrivateWebhookTargets);
  const secrets = await createSecretBox(directory.secretKey);
  const forgetTags = () => store.knownTags.forget();
  const storePlant = (plant: Plant) =>
    storePlantFile(database, plant, (secret) => secrets.encrypt(secret), clock).finally(forgetTags);
  await keepPlantName(database, { name: plant.name, rename: settings.renamePlant });
  await storePlant(plant);
  const newAdminKey = await ensureFirstKey(database, settings.adminKey, clock);
  const stored = await readAllTags(database);
  const tags = new TagRegistry(
    plant.tags,
    stored.filter(({ origin }) => origin === 'adopted'),
  );
  const liveValues = new LiveValues(stored.flatMap(({ name, latest }) => (latest ? [{ tag: name, ...latest }] : [])));

  // The readings log and its two readers.
  const files = await folderFiles(directory.log);
  const log = await openReadingsLog(files, { limits: plant.log, logger });
  undo.push(() => log.close());
  const release = createLogRelease({ log, metrics, logger });
  const running: Promise<unknown>[] = [];
  undo.push(() => {
    stopping.abort();
    return Promise.all(running);
  });
  const upkeep = createUpkeep({
    store,
    retention: plant.retention,
    directory: {
      path: directory.path,
      holds: settings.databaseUrl === null ? 'readings log and database' : 'readings log',
    },
    clock,
    metrics,
    logger,
  });
  const { backlog, latestKept } = await openBacklog({ log, files, database, live: liveValues, clock, metrics });
  release.note('latest', latestKept);
  const receipts = await openReceipts({ log, files, database, clock });
  const onStored = (position: number, readings: number) => {
    backlog.passed({ readings, isAll: position === log.durable });
    release.passed('writer', position);
  };
  let writerFailed = false;
  running.push(
    runWriter({
      log,
      files,
      database,
      tags,
      partitions: store.partitions,
      clock,
      random,
      metrics,
      logger,
      signal: stopping.signal,
      onStored,
      onTagsWritten: forgetTags,
      onRefused: (refused) => {
        retractRefused(refused, { database, live: liveValues }).catch((error: unknown) =>
          logger.warn({ err: error }, 'refused readings are shown as newest ones until the next ones come'),
        );
      },
      onLatestKept: (position) => release.passed('latest', position),
    }).catch((error: unknown) => {
      writerFailed = true;
      logger.fatal(
        { err: error },
        'the writer cannot go on; readings stay in the readings log until the service is started again',
      );
    }),
  );

  const live = new LiveEvents();
  const intakeContext = { tags, clock, metrics, logger, backlog, live: liveValues, keepMs: plant.retention.readingsMs };
  const alerting = await startAlerting({
    plant,
    log,
    directory,
    store,
    secrets,
    guard,
    userAgent: `Millwright/${version}`,
    live,
    clock,
    random,
    metrics,
    logger,
    signal: stopping.signal,
    onCheckpointed: (position) => release.passed('engine', position),
    onDerived: createDerivedIntake(log, intakeContext),
  });
  const { engine } = alerting;
  undo.push(() => {
    stopping.abort();
    return alerting.stop();
  });

  // The sources, left end of the line.
  const features = startFeatures({
    ...intakeContext,
    plant,
    log,
    directory,
    signal: stopping.signal,
    onPassed: (position) => release.note('features', position),
  });
  running.push(features.ended);
  const sources = createSources({
    plant,
    context: intakeContext,
    log,
    directory: directory.sources,
    live,
    random,
    signal: stopping.signal,
  });
  const livePlant = createLivePlant({
    plant,
    reread: options.reread ?? null,
    store: storePlant,
    engine,
    tags,
    live: liveValues,
    guard,
    sources,
    learnEndpoints: alerting.learnEndpoints,
    logger,
  });

  running.push(
    runLedger({
      ...intakeContext,
      log,
      files,
      database,
      receipts,
      random,
      logger,
      dueOf: (id) => dueOf(livePlant.present().sources.find((source) => source.id === id)) ?? 'learnt',
      tagOf: (name) => tags.find(name),
      signal: stopping.signal,
      onPassed: (position) => release.passed('ledger', position),
    }).catch((error: unknown) => {
      release.note('ledger', Number.POSITIVE_INFINITY); // the log must not fill for its sake
      logger.fatal({ err: error }, 'the ledger cannot go on; gaps are not found until the service is started again');
    }),
  );

  // What people and programs see.
  const loginLinks = new LoginLinks(clock);
  const access = new Access(database, clock);
  await access.learnKeys();
  const quotas = new Quotas(clock, (limit) => metrics.quotaRefusals.inc({ limit }));
  const { present } = livePlant;
  const backtests = createBacktests({ plant: present, databaseUrl: store.url, clock, signal: stopping.signal });
  const health = createHealth({ database: store.reading, present, newestOf: (tag) => liveValues.newestOf(tag), clock });
  const readiness = createReadiness({
    stopping: stopping.signal,
    hasWriterFailed: () => writerFailed,
    store,
    log,
    engine,
    features,
    database,
  });
  const server = await createServer({
    plant,
    edition,
    rollups: store.rollups,
    disks: upkeep.disks,
    version,
    startedAt,
    database: store.reading,
    knownTags: store.knownTags,
    clock,
    access,
    loginLinks,
    live,
    newest: liveValues,
    limitsOf: livePlant.limitsOf,
    typeOf: (tag) => tags.typeOf(tag),
    ...createPictures(store.reading, livePlant.present),
    ...health,
    reload: livePlant.reload,
    sources: sources.statuses,
    adoption: createAdoption({ sources: () => livePlant.present().sources, tags, database, logger }),
    ...createCommands({ engine, log, database, present, clock, logger }),
    webhooks: {
      refuse: (url) => guard.refuse(url),
      changed: () => void alerting.learnEndpoints().catch(() => undefined), // asked again in half a minute
      newSecret: () => {
        const secret = newWebhookSecret();
        return { secret, sealed: secrets.encrypt(secret) };
      },
    },
    installPush: (version, scope) => {
      quotas.install(scope);
      sources.installPush(version, scope, { receipts, meterOf: quotas.meterOf });
    },
    ...readiness,
    metrics: () => metrics.registry.metrics(),
    ...createApiReports(logger, metrics),
    backtests,
    consoleDirectory: fileURLToPath(packageFile('dist/console/')),
  });
  undo.push(() => server.close());
  const url = await listen(server, settings);

  running.push(runClockRecords(log, clock, stopping.signal));
  running.push(upkeep.run(stopping.signal));
  running.push(runHealthWatch({ ...intakeContext, ...health, present, database, signal: stopping.signal }));
  running.push(
    runLiveFeed({
      live,
      values: liveValues,
      sources: sources.statuses,
      clock,
      signal: stopping.signal,
    }),
  );
  sources.start();
  logger.info(
    { url, sources: sources.statuses().length, tags: plant.tags.length, rules: plant.rules.length },
    'the service runs',
  );

  let stopped: Promise<void> | null = null;
  return {
    url,
    newAdminKey,
    loginLink: () => `${url}/login?token=${loginLinks.create()}`,
    reload: livePlant.reload,
    stop: () => {
      stopped ??= (async () => {
        stopping.abort(); // intake first: what is acked after this is durable, and evaluated at the next start
        log.stopWaiting();
        live.close();
        // A source that does not let go must not keep the rest from being saved.
        await Promise.race([
          Promise.all([server.close(), backtests.jobs.idle(), sources.ended(), ...running]),
          clock.sleep(STOP_PATIENCE_MS),
        ]);
        await alerting.stop();
        await log.close();
        await store.close();
        await directory.release();
        logger.info('stopped');
      })();
      return stopped;
    },
  };
}

/** A file of the package, seen from the sources as from the built program. */
function packageFile(path: string): URL {
  return new URL(`${import.meta.url.endsWith('.ts') ? '../' : '../../'}${path}`, import.meta.url);
}
