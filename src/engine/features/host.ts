import type { Worker } from 'node:worker_threads';
import type { LogInlet } from '../../ingest/log/inlet.ts';
import type { Log } from '../../ingest/log/log.ts';
import type { Clock } from '../../model/clock.ts';
import { isOurs } from '../../model/errors.ts';
import type { LogRecord } from '../../model/log-record.ts';
import type { MeasuringPoint } from '../../model/measuring-point.ts';
import type { Reading } from '../../model/reading.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { startThread } from '../start-thread.ts';
import { CaptureWatch, LOOK_EVERY_MS } from './capture-watch.ts';
import { BEHIND, type CaptureRefusal, type Extracted } from './extract.ts';
import type { FeatureWorkerData, FromFeatures, ToFeatures } from './messages.ts';

/** What the host of the features' thread needs. */
export interface FeatureHostOptions {
  readonly points: readonly MeasuringPoint[];
  readonly log: Log;
  readonly logDirectory: string;
  readonly checkpointFile: string;
  /** The way of readings into the log that it is given; resolves when they are durable. */
  readonly intakeTo: (log: LogInlet) => (readings: readonly Reading[]) => Promise<unknown>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'featureCaptures' | 'featureLagBytes'>;
  readonly logger: Logger;
  /** Called when the log may let go of what lies before this position. */
  readonly onPassed: (position: number) => void;
}

const RESTART_AFTER_MS = 1_000;
const TRY_AGAIN_MS = 1_000;
const STOP_TIMEOUT_MS = 3_000;
/** Of the log: captures further behind are left out, or what they hold would refuse every source. */
const MAX_LAG = 1 / 2;
/** Captures are seldom, and nobody waits a fifth of a second for one. */
const TELL_EVERY_MS = 100;
const WARN_EVERY_MS = 24 * 60 * 60_000;

/** Runs the making of features in its own thread, appends what it makes to the log, and starts it again should it die. */
export class FeatureHost {
  readonly #options: FeatureHostOptions;
  readonly #stopping = new AbortController();
  readonly #stopListening: () => void;
  readonly #warnedAt = new Map<string, number>();
  readonly #intake: (readings: readonly Reading[]) => Promise<unknown>;
  /** What lies behind it is held in the log. */
  #held: number;
  /** How far the thread is. */
  #position: number;
  readonly #watch = new CaptureWatch();
  readonly #looking: NodeJS.Timeout;
  #worker: Worker;
  #hasExited = false;
  #telling: NodeJS.Timeout | null = null;

  constructor(options: FeatureHostOptions) {
    this.#options = options;
    const { log } = options;
    this.#held = log.start;
    this.#position = log.durable;
    this.#intake = options.intakeTo({
      tagId: (name) => log.tagId(name),
      tagName: (id) => log.tagName(id),
      append: (record) => this.#append(record),
    });
    this.#worker = this.#start();
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#stopListening = log.onDurable(() => this.#tell());
  }

  /** Why features are not made as they should be, `null` when they are. */
  get trouble(): string | null {
    const { log } = this.#options;
    if (this.#hasExited) return 'the features of captures ended by themselves: see the service log';
    if (log.durable - this.#position <= log.maxBytes * MAX_LAG) return null;
    return 'the features of captures are behind, and captures are left out';
  }

  /** Lets the thread save how far it is; ends it after 3 s all the same. The thread ends later, by itself: `THREAD_REST_MS`. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stopListening();
    clearTimeout(this.#telling ?? undefined);
    clearInterval(this.#looking);
    if (this.#hasExited) return;
    const worker = this.#worker;
    const isThrough = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
      worker.on('message', ({ kind }: FromFeatures) => kind === 'stopped' && resolve());
    });
    this.#send(worker, { kind: 'stop' });
    const timer = setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
    await isThrough;
    clearTimeout(timer);
  }

  #start(): Worker {
    const { points, log, logDirectory, checkpointFile, logger, clock } = this.#options;
    const workerData: FeatureWorkerData = {
      points,
      logDirectory,
      logId: log.id,
      logStart: log.start,
      durable: log.durable,
      from: this.#position,
      maxLagBytes: log.maxBytes * MAX_LAG,
      givenUp: this.#watch.givenUp(),
      checkpointFile,
    };
    const worker = startThread(new URL('./worker.js', import.meta.url), { workerData });
    this.#hasExited = false;
    let failure: unknown = null;
    worker.on('message', (message: FromFeatures) => this.#receive(worker, message));
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => {
      this.#hasExited = true;
      this.#watch.died();
      if (this.#stopping.signal.aborted) return;
      logger.error({ err: failure }, 'the features of captures ended by themselves, starting them again');
      void clock.sleep(RESTART_AFTER_MS, this.#stopping.signal).then(() => {
        if (!this.#stopping.signal.aborted) this.#worker = this.#start();
      });
    });
    return worker;
  }

  /** A loop without end can't be told from within. */
  #look(): void {
    if (!this.#watch.isHung()) return;
    this.#options.logger.error('the features of a capture take longer than a minute, it is given up');
    void this.#worker.terminate();
  }

  #tell(): void {
    this.#showLag();
    if (this.#telling !== null) return;
    this.#telling = setTimeout(() => {
      this.#telling = null;
      this.#send(this.#worker, { kind: 'durable', position: this.#options.log.durable });
    }, TELL_EVERY_MS);
  }

  #send(worker: Worker, message: ToFeatures): void {
    worker.postMessage(message);
  }

  #receive(worker: Worker, message: FromFeatures): void {
    if (worker !== this.#worker) return; // it was ended, and the next one tells it again
    const { onPassed } = this.#options;
    if (message.kind === 'began') this.#watch.began(message.end);
    else this.#watch.ended();
    switch (message.kind) {
      case 'began':
        return;
      case 'extracted':
        void this.#deliver(message.extracted).then((isDone) => {
          if (isDone) this.#send(worker, { kind: 'appended' });
        });
        return;
      case 'progress':
        this.#position = message.position;
        this.#showLag();
        return;
      case 'checkpointed':
        this.#held = message.position;
        this.#watch.passed(message.position);
        onPassed(message.position);
        return;
      case 'stopped':
        return;
    }
  }

  #showLag(): void {
    const { metrics, log } = this.#options;
    metrics.featureLagBytes.set(log.durable - this.#position);
  }

  /** Whether the thread may go on behind these captures: not when the service stops, for the next start makes them again. */
  async #deliver(extracted: readonly Extracted[]): Promise<boolean> {
    const readings = extracted.flatMap((each) => each.readings);
    let lost: CaptureRefusal | null = null;
    try {
      if (readings.length > 0) await this.#intake(readings);
    } catch (error) {
      if (this.#stopping.signal.aborted) return false;
      lost = isOurs(error) ? BEHIND : { code: 'failed', reason: `its readings were not taken: ${reasonOf(error)}` };
    }
    for (const each of extracted) this.#count(each.refusal === null ? { ...each, refusal: lost } : each);
    return true;
  }

  /** Waits while the log has no room, unless it has none because of the captures that it holds for us. */
  async #append(record: LogRecord): Promise<number> {
    const { log, clock, logger } = this.#options;
    const { signal } = this.#stopping;
    for (let tries = 0; ; tries++) {
      try {
        return await log.appendMade(record);
      } catch (error) {
        const mayWait =
          isOurs(error) && error.code === 'log_full' && log.durable - this.#held <= log.maxBytes * MAX_LAG;
        if (!mayWait || signal.aborted) throw error;
        if (tries === 0) logger.warn({ err: error }, 'the features of captures wait for room in the readings log');
      }
      await clock.sleep(TRY_AGAIN_MS, signal);
    }
  }

  #count({ point, tag, at, refusal }: Extracted): void {
    const { metrics, logger, clock } = this.#options;
    metrics.featureCaptures.inc({ point, outcome: refusal?.code ?? 'read' });
    if (refusal === null) return;
    const key = `${point} ${refusal.code}`;
    const now = clock.now();
    if (now - (this.#warnedAt.get(key) ?? Number.NEGATIVE_INFINITY) < WARN_EVERY_MS) return;
    this.#warnedAt.set(key, now);
    logger.warn({ point, tag, at, code: refusal.code, reason: refusal.reason }, 'a capture says nothing');
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
