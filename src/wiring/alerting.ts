import { AlertJournal } from '../alerts/journal.ts';
import { AlertRecorder } from '../alerts/recorder.ts';
import type { LiveEvents } from '../api/live-events.ts';
import { presentAlert, presentDelivery, presentWorkOrder } from '../api/present.ts';
import { backtest } from '../engine/backtest/host.ts';
import { Reviewer } from '../engine/corrections/reviewer.ts';
import { EngineHost } from '../engine/host.ts';
import { Teacher } from '../engine/lessons/teacher.ts';
import type { Log } from '../ingest/log/log.ts';
import type { Clock } from '../model/clock.ts';
import type { Plant } from '../model/plant.ts';
import type { Reading } from '../model/reading.ts';
import { DirectOutbox } from '../notify/direct.ts';
import { LEASE_MS, type OutboxOptions, type OutboxStore, runOutbox } from '../notify/outbox.ts';
import { createOutboxStore, dueOf, unseal } from '../notify/outbox-store.ts';
import type { SecretBox } from '../notify/secrets.ts';
import { createSender } from '../notify/send.ts';
import type { TargetGuard } from '../notify/target-guard.ts';
import { listAlerts } from '../store/alerts.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { openDatabase } from '../store/database.ts';
import { releaseClaims } from '../store/deliveries.ts';
import { readCursor } from '../store/log-cursors.ts';
import type { Store } from '../store/open-store.ts';
import { listEndpoints } from '../store/webhooks.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { waitForLastJobs } from './last-jobs.ts';

/** What the right half of the line is made of: engine, alerts, messages. */
export interface Alerting {
  readonly engine: EngineHost;
  /** Asks the database again which endpoints there are; for the time in which it can't be asked. */
  learnEndpoints(): Promise<void>;
  /** Ends the engine, then what it handed on. */
  stop(): Promise<void>;
}

/** What it is wired to. */
export interface AlertingOptions {
  readonly plant: Plant;
  readonly log: Log;
  readonly directory: DataDirectory;
  readonly store: Store;
  readonly secrets: SecretBox;
  readonly guard: TargetGuard;
  readonly userAgent: string;
  readonly live: LiveEvents;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onCheckpointed: (position: number) => void;
  readonly onDerived: (readings: readonly Reading[]) => Promise<void>;
}

/** After this long the database counts as away, and alerts are told without it. */
const AWAY_AFTER_MS = 3_000;
/** Most open alerts that are known in full while the database is away. */
const MAX_KNOWN_ALERTS = 10_000;
const LEARN_ENDPOINTS_MS = 30_000;

/** Starts the engine and all that lies behind it: alert journal, recorder, both outboxes. */
export async function startAlerting(options: AlertingOptions): Promise<Alerting> {
  const { plant, log, directory, store, secrets, live, clock, random, metrics, logger, signal } = options;
  const { journal, content } = await AlertJournal.open(directory.alertJournal);
  if (content.tornBytes > 0) logger.info({ bytes: content.tornBytes }, 'cut an unfinished end off the alert journal');
  const database = openDatabase(store.url, {
    connections: 2,
    name: 'alerts',
    connectMs: AWAY_AFTER_MS,
    statementMs: AWAY_AFTER_MS,
    statements: 'pipelined',
  });

  const direct = new DirectOutbox({
    clock,
    results: content.results,
    onResult: (message, webhook, result) => {
      journal
        .append({ kind: 'result', result: { message, webhook, result } })
        .catch((error: unknown) => logger.error({ err: error }, 'the alert journal cannot be written'));
    },
  });
  const learnEndpoints = async () => {
    const endpoints = await listEndpoints(store.database);
    direct.endpoints = endpoints.map(({ sealedSecret, ...rest }) => ({
      ...rest,
      secrets: unseal(secrets, sealedSecret),
    }));
  };
  await learnEndpoints();

  const stored = await readCursor(store.database, 'engine', log.id);
  const cursor = stored !== null && stored <= log.durable ? stored : 0; // beyond the end: an earlier log was put back
  const unstored = content.entries.filter(({ logId, position }) => logId !== log.id || position > cursor);
  if (unstored.length > 0) logger.info({ entries: unstored.length }, 'alerts of the last run are stored now');
  await releaseClaims(store.database);
  const wakeOutbox = new Set<Parameters<OutboxOptions['wake']>[0]>();
  const recorder = new AlertRecorder({
    journal,
    unstored,
    database,
    direct,
    plant,
    logId: log.id,
    position: cursor,
    openAlerts: await listAlerts(store.database, { state: 'active', limit: MAX_KNOWN_ALERTS }),
    clock,
    random,
    metrics,
    logger,
    claimMs: LEASE_MS,
    onTransitions: (transitions, claimed) => {
      const due = claimed.map((delivery) => dueOf(secrets, delivery));
      for (const wake of wakeOutbox) wake(due);
      for (const { alert, effect, workOrder } of transitions) {
        live.send('alert', { ...presentAlert(alert), effect });
        if (workOrder && effect !== 'corrected') live.send('workOrder', presentWorkOrder(workOrder));
      }
    },
  });
  recorder.start();
  const { reading, url: databaseUrl } = store;
  const looksBack = { log, database: reading, databaseUrl, clock, logger, signal, run: backtest };
  const reviewer = new Reviewer(looksBack);
  const teacher = new Teacher(looksBack);
  const engine = new EngineHost({
    plant,
    log,
    logDirectory: directory.log,
    databaseUrl: store.url,
    recorder,
    clock,
    metrics,
    logger,
    onCheckpointed: options.onCheckpointed,
    onDerived: options.onDerived,
    onUntaught: (learners, plant) => teacher.take(learners, plant),
    onReview: (review, plant) => reviewer.take(review, plant),
  });

  const sender = createSender({ guard: options.guard, userAgent: options.userAgent });
  const outbox = (from: OutboxStore, wake: OutboxOptions['wake']) =>
    runOutbox({
      store: from,
      sender,
      clock,
      random,
      signal,
      concurrency: 32, // one that hangs holds its place for 15 s
      wake,
      onOutcome: ({ webhookId }, outcome, { attempts }) => {
        metrics.deliveryAttempts.inc({ outcome: outcome.kind });
        if (outcome.kind !== 'delivered')
          logger.warn({ webhook: webhookId, reason: outcome.reason, attempts }, 'a message was not delivered');
      },
      onTrouble: (error) => logger.warn({ err: error }, 'the outbox cannot reach the database, will retry'),
    });
  const running = [
    outbox(
      createOutboxStore(store.database, secrets, (delivery) => live.send('delivery', presentDelivery(delivery))),
      (listener) => {
        wakeOutbox.add(listener);
        return () => wakeOutbox.delete(listener);
      },
    ),
    outbox(direct, (listener) => direct.onWake(listener)),
    (async () => {
      while (!signal.aborted) {
        await clock.sleep(LEARN_ENDPOINTS_MS, signal);
        await learnEndpoints().catch(() => undefined); // that the database is away is told by those who need it
      }
    })(),
  ];

  return {
    engine,
    learnEndpoints,
    stop: async () => {
      await engine.stop();
      await Promise.all([...running, waitForLastJobs([reviewer.idle(), teacher.idle()], clock)]);
      await recorder.stop();
      await sender.close();
      await database.close();
    },
  };
}
