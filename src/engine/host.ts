import { randomUUID } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import type { AlertRecorder } from '../alerts/recorder.ts';
import type { Log } from '../ingest/log/log.ts';
import type { Clock } from '../model/clock.ts';
import { ApiError, ConfigError, isOurs, StoreError } from '../model/errors.ts';
import type { JudgedPlant, PlanInForce } from '../model/judged-plant.ts';
import type { AlertCommand } from '../model/log-record.ts';
import type { Reading } from '../model/reading.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { CommandOutcome } from './engine.ts';
import type { Review } from './late-readings.ts';
import type { Learner } from './lessons/lessons.ts';
import type { EngineWorkerData, FromEngine, PlannedRule, ToEngine } from './messages.ts';
import type { OverrunRule } from './overruns.ts';
import { planInForceOf } from './plan-in-force.ts';
import { startThread } from './start-thread.ts';
import {
  createRunningWatch,
  LOOK_EVERY_MS,
  type Overrun,
  type RunningWatch,
  runningWatch,
  Watchdog,
} from './watchdog.ts';

/** What the host of the engine's thread needs. */
export interface EngineHostOptions {
  readonly plant: JudgedPlant;
  readonly log: Log;
  readonly logDirectory: string;
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Takes over what the engine finds. */
  readonly recorder: AlertRecorder;
  /** Stores readings of derived tags; resolves when they are durable, or counted as lost. Never rejects: checkpoints wait for it. */
  readonly onDerived: (readings: readonly Reading[]) => Promise<void>;
  /** Called with late readings that are to be judged in their place in history, and by what; with the same ones again after a restart. */
  readonly onReview?: (review: Review, plant: JudgedPlant) => void;
  /** Called with rules that learn and that history has taught nothing yet, and the plant they are of; with the same ones again after a restart. */
  readonly onUntaught?: (learners: readonly Learner[], plant: JudgedPlant) => void;
  /** Called when the engine no longer needs what lies before this position. */
  readonly onCheckpointed: (position: number) => void;
  /** URL of a module that exports `detectors`, to be used beside ours. */
  readonly moreDetectors?: string;
  /** Most that the engine's thread may keep in memory: beyond it the thread ends, and not the service. */
  readonly maxHeapMb?: number;
}

const COMMAND_TIMEOUT_MS = 10_000;
const RESTART_AFTER_MS = 1_000;
/** An alert may be later by this much under load. */
const TELL_EVERY_MS = 5;
const STOP_TIMEOUT_MS = 3_000;
const ANNOUNCE_AGAIN_MS = 1_000;
/** Enough for a million tags. */
const DEFAULT_MAX_HEAP_MB = 2_048;
/**
 * V8 gives the young objects of a thread up to 48 MB. The engine makes few that outlive a batch: with 12 MB the service took
 * 18 MiB less at 10,000 tags and 50,000 readings/s (232 against 250, twice in turn).
 */
const MAX_YOUNG_MB = 12;

/** Runs the engine in its own thread, tells it how far the log is durable, and starts it again should it die. */
export class EngineHost {
  readonly #options: EngineHostOptions;
  readonly #waiting = new Map<string, (outcome: CommandOutcome['outcome']) => void>();
  readonly #stopListening: () => void;
  #overruns: Omit<OverrunRule, 'alerts'>[] = [];
  #plan: PlanInForce;
  #planHolds: EngineWorkerData['planHolds'];
  #worker: Worker;
  #planned: readonly PlannedRule[] = [];
  #running: RunningWatch = createRunningWatch();
  #looking: NodeJS.Timeout | null = null;
  #telling: NodeJS.Timeout | null = null;
  #told = 0;
  /** How far it was when it last said so: with much to do that is seldom, and the log grows meanwhile. */
  #reached: number | null = null;
  #isStopping = false;
  #hasExited = false;
  /** It is being ended for a rule that overran. */
  #isConvicted = false;
  readonly #parked = new Set<string>();
  #trouble: string | null = null;
  #late = 0;
  /** Reports of what is recorded, in the order of the log. */
  #reports: Promise<void> = Promise.resolve();

  constructor(options: EngineHostOptions) {
    this.#options = options;
    const { plan, fits } = planInForceOf(options.plant);
    this.#plan = plan;
    this.#planHolds = fits ? 'when the log says so' : 'at once';
    this.#worker = this.#start();
    this.#stopListening = options.log.onDurable(() => this.#tell());
  }

  /**
   * Acknowledges or resets an alert: through the log, like everything that moves an alert.
   * Resolves once it is committed; rejects with `unavailable` when that takes longer than 10 s (it may still happen).
   */
  async command(command: Omit<AlertCommand, 'commandId' | 'at'>): Promise<CommandOutcome['outcome']> {
    const commandId = randomUUID();
    const { log, clock } = this.#options;
    const outcome = new Promise<CommandOutcome['outcome']>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(commandId);
        reject(
          new ApiError(503, 'unavailable', 'the engine has not confirmed the command yet; it is kept and will be done'),
        );
      }, COMMAND_TIMEOUT_MS);
      this.#waiting.set(commandId, (result) => {
        clearTimeout(timer);
        this.#waiting.delete(commandId);
        resolve(result);
      });
    });
    outcome.catch(() => undefined); // if the append below fails first, that is the error people see
    await log.append({ kind: 'event', event: { commandId, at: clock.now(), ...command } });
    return outcome;
  }

  /**
   * Has rules judged by another plant from the next record of the log on. Resolves once that would survive a power cut. Throws
   * `plant_invalid` for a plant that is too large for it, and as the log does; then nothing has changed.
   */
  async follow(plant: JudgedPlant): Promise<void> {
    const { plan, fits } = planInForceOf(plant);
    if (!fits)
      throw new ConfigError('plant_invalid', 'restart needed: the plant is too large to be changed while it runs');
    if (plan.version === this.#plan.version) return;
    await this.#announce(plan);
    this.#plan = plan;
    this.#planHolds = 'when the log says so';
  }

  /** Why the engine does not evaluate now, `null` while it does. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Lets the engine finish its record and save a checkpoint; ends it after 3 s all the same. Its thread ends later, by itself: `THREAD_REST_MS`. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopListening();
    clearTimeout(this.#telling ?? undefined);
    clearInterval(this.#looking ?? undefined);
    const worker = this.#worker;
    if (this.#hasExited) return;
    const isThrough = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
      worker.on('message', ({ kind }: FromEngine) => kind === 'stopped' && resolve());
    });
    this.#send({ kind: 'stop' });
    const timer = setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
    await isThrough;
    clearTimeout(timer);
  }

  #start(): Worker {
    const { log, logDirectory, databaseUrl, recorder, logger, moreDetectors = null } = this.#options;
    this.#running = createRunningWatch();
    const workerData: EngineWorkerData = {
      plan: this.#plan,
      planHolds: this.#planHolds,
      logDirectory,
      logId: log.id,
      logStart: log.start,
      durable: log.durable,
      databaseUrl,
      recorded: recorder.position,
      running: this.#running,
      overruns: this.#overruns.map((overrun) => ({ ...overrun, alerts: recorder.openOf(overrun.rule) })),
      moreDetectors,
    };
    const maxOldGenerationSizeMb = this.#options.maxHeapMb ?? DEFAULT_MAX_HEAP_MB;
    const resourceLimits = { maxOldGenerationSizeMb, maxYoungGenerationSizeMb: MAX_YOUNG_MB };
    const worker = startThread(new URL('./worker.js', import.meta.url), { workerData, resourceLimits });
    this.#hasExited = false;
    this.#late = 0; // a new thread counts from the start
    this.#parked.clear();
    this.#watchOver(worker);
    let failure: unknown = null;
    worker.on('message', (message: FromEngine) => this.#receive(message));
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => {
      this.#hasExited = true;
      clearInterval(this.#looking ?? undefined);
      if (this.#isStopping) return;
      if (this.#isConvicted) {
        this.#isConvicted = false;
        this.#worker = this.#start();
        return;
      }
      const watch = runningWatch(this.#running);
      if (watch !== null && isOutOfMemory(failure)) this.#convict({ watch, reason: 'it used up the memory' });
      this.#trouble = failure instanceof Error ? failure.message : 'its thread ended';
      logger.error(
        { err: failure ?? new StoreError('log_closed', 'the thread ended') },
        'the engine ended by itself, starting it again',
      );
      setTimeout(() => {
        if (!this.#isStopping) this.#worker = this.#start();
      }, RESTART_AFTER_MS).unref();
    });
    return worker;
  }

  /** A rule that does not come to an end can only be ended with its thread; the next one does without it. */
  #watchOver(worker: Worker): void {
    const watchdog = new Watchdog(this.#running);
    this.#looking = setInterval(() => {
      const overrun = watchdog.look();
      if (overrun === null) return;
      clearInterval(this.#looking ?? undefined);
      this.#convict(overrun);
      this.#isConvicted = true;
      void worker.terminate();
    }, LOOK_EVERY_MS);
    this.#looking.unref();
  }

  #convict({ watch, reason }: Overrun): void {
    let first = 0;
    for (const { rule, watchCount, fingerprint } of this.#planned) {
      first += watchCount;
      if (watch >= first) continue;
      this.#overruns.push({ rule, fingerprint, reason });
      return;
    }
  }

  /** Says how far the log is durable: at once, but under load not for each of its thousands of commits a second. */
  #tell(): void {
    const { log, metrics } = this.#options;
    if (this.#reached !== null) metrics.engineLagBytes.set(log.durable - this.#reached);
    if (this.#telling !== null) return;
    this.#send({ kind: 'durable', position: log.durable });
    this.#telling = setTimeout(() => {
      const isBehind = this.#told < log.durable;
      this.#telling = null;
      if (isBehind) this.#tell();
    }, TELL_EVERY_MS);
    this.#told = log.durable;
  }

  #send(message: ToEngine): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromEngine): void {
    const { metrics, logger, log, recorder, onCheckpointed } = this.#options;
    switch (message.kind) {
      case 'evaluated':
        this.#take(message);
        return;
      case 'caught up':
        recorder.reconcile({
          openInEngine: message.open,
          reasons: message.letGo,
          position: message.position,
        });
        return;
      case 'progress':
        this.#reached = message.position;
        metrics.engineLagBytes.set(log.durable - message.position);
        metrics.engineLate.inc(Math.max(0, message.late - this.#late));
        this.#late = message.late;
        this.#trouble = null;
        return;
      case 'checkpointed':
        onCheckpointed(message.position);
        return;
      case 'parked':
        this.#parked.add(`${message.rule}|${message.tag}`);
        metrics.engineParked.set(this.#parked.size);
        logger.error(
          { rule: message.rule, tag: message.tag, reason: message.reason },
          'rule failed and is switched off',
        );
        return;
      case 'review':
        this.#options.onReview?.(message.review, this.#plan.plant);
        return;
      case 'untaught':
        this.#options.onUntaught?.(message.learners, this.#plan.plant);
        return;
      case 'recovered':
        this.#parked.delete(`${message.rule}|${message.tag}`);
        metrics.engineParked.set(this.#parked.size);
        logger.info({ rule: message.rule, tag: message.tag }, 'what had failed works again');
        return;
      case 'planned':
        this.#planned = message.rules;
        this.#parked.clear();
        metrics.engineParked.set(0);
        // A rule that was changed may run again.
        if (message.version === this.#plan.version) {
          this.#overruns = this.#overruns.filter(({ rule, fingerprint }) =>
            message.rules.some((planned) => planned.rule === rule && planned.fingerprint === fingerprint),
          );
        }
        return;
      case 'plan is old':
        void this.#announceUntilHeard();
        return;
      case 'waiting':
        logger.warn(
          { code: message.code, reason: message.message },
          'the engine waits for its checkpoint in the database, will retry',
        );
        return;
      case 'not saved':
        logger.warn(
          { code: message.code, reason: message.message },
          'the engine cannot save its checkpoint, will retry; the readings log grows until it can',
        );
        return;
      case 'stopped':
        return;
    }
  }

  async #announce(plan: PlanInForce): Promise<void> {
    const { log, clock } = this.#options;
    await log.append({ kind: 'event', event: { kind: 'plan', at: clock.now(), ...plan } });
  }

  /** What changed while the service was away changes in the log now, behind all that came before. */
  async #announceUntilHeard(): Promise<void> {
    while (!this.#isStopping) {
      try {
        await this.#announce(this.#plan);
        return;
      } catch (error) {
        if (isOurs(error) && error.code === 'log_closed') return;
        await this.#options.clock.sleep(ANNOUNCE_AGAIN_MS);
      }
    }
  }

  #take({ transitions, commands, readings, position }: Extract<FromEngine, { kind: 'evaluated' }>): void {
    const confirm = () => {
      for (const { commandId, outcome } of commands) this.#waiting.get(commandId)?.(outcome);
    };
    const logged = readings.length > 0 ? this.#options.onDerived(readings) : null;
    if (logged !== null) this.#reports = this.#reports.then(() => logged);
    if (transitions.length === 0) {
      confirm();
      if (logged !== null) this.#reports = this.#reports.then(() => this.#send({ kind: 'recorded', position }));
      return;
    }
    for (const { effect } of transitions) this.#options.metrics.engineTransitions.inc({ effect });
    const { durable, stored } = this.#options.recorder.accept(transitions, position);
    void stored.then(confirm); // what the console reads next must show what was done
    this.#reports = this.#reports.then(() => durable).then(() => this.#send({ kind: 'recorded', position }));
  }
}

function isOutOfMemory(failure: unknown): boolean {
  return failure instanceof Error && 'code' in failure && failure.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
