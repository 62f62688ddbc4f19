import { createBackoff } from '../model/backoff.ts';
import type { Clock } from '../model/clock.ts';
import { type ErrorCode, isOurs } from '../model/errors.ts';
import type { PushedBatch, SourceLinkEvent } from '../model/log-record.ts';
import type { Source, TagNature } from '../model/plant.ts';
import type { EpochMs, Reading } from '../model/reading.ts';
import type { EventRemark, SourceEvent } from '../model/source-event.ts';
import type { DiscardReason, SourceLink, SourceStatus } from '../model/source-state.ts';
import { StatusCode } from '../model/status-code.ts';
import type { Capture, CaptureRefusal, ThermalFrame, Waveform } from '../model/waveform.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { CaptureIntake } from './capture-intake.ts';
import type { SourceClock } from './conditioning/source-clock.ts';
import { newestOf } from './diagnosis/arrivals.ts';
import { causeDetail } from './diagnosis/cause-detail.ts';
import { diagnose } from './diagnosis/diagnose.ts';
import { adviceFor } from './diagnosis/link-words.ts';
import { Observations } from './diagnosis/observations.ts';
import type { SayTime } from './diagnosis/say.ts';
import type { OpenEventIntake } from './event-intake.ts';
import type { Intake } from './intake.ts';
import type { LiveValues } from './live-values.ts';
import { DiskFull } from './log/full-disk.ts';
import type { Log } from './log/log.ts';
import { oncePerDay } from './once-per-day.ts';

/** What an adapter's `run` gets, without naming the adapters' contract here: `src/ingest` does not know protocols. */
export interface RunContext {
  readonly sink: Intake;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly directory: string;
  connected(): void;
  discard(reason: DiscardReason, count: number, from?: string): void;
  observe(outcome: { readonly unit?: string; readonly code?: string; readonly ms: number }): void;
  warn(sentence: string): void;
  describe(tag: string, nature: TagNature): void;
  lastStored(tag: string): EpochMs | null;
  waveform(waveform: Waveform): Promise<CaptureRefusal | null>;
  frame(frame: ThermalFrame): Promise<CaptureRefusal | null>;
  event(event: SourceEvent): Promise<EventRemark | undefined>;
  pushed(batch: Omit<PushedBatch, 'kind' | 'source' | 'at'>): Promise<void>;
}

/** Everything a supervisor needs around one source. */
export interface SupervisorOptions {
  readonly source: Source;
  /** Runs the adapter until the link breaks; absent for push, which does not dial. */
  readonly run: ((context: RunContext) => Promise<void>) | null;
  readonly intake: Intake;
  readonly captureIntake: CaptureIntake;
  readonly openEventIntake: OpenEventIntake;
  /** Takes what it says of tags that it found by itself. */
  readonly describe: (tag: string, nature: TagNature) => void;
  /** Where its times are not stored as it gives them. */
  readonly sourceClock?: SourceClock;
  readonly log: Log;
  readonly live: LiveValues;
  readonly tagCount: () => number;
  /** Where the source may keep files of its own. */
  readonly directory: string;
  /** Says times in a diagnosis. */
  readonly sayTime: SayTime;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Called after every change of state. */
  readonly onChange: (status: SourceStatus) => void;
}

const TELL_AGAIN_MS = 1_000;
/** A link that breaks sooner flaps: two clients that push each other out would do so several times a second. */
const STEADY_AFTER_MS = 10_000;

/** Keeps one source running: dials, waits, dials again, and knows in words how it is. One for every protocol. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #discarded: Record<string, number> = {};
  readonly #observations = new Observations();
  readonly #warnings: (sentence: string) => void;
  #state: SourceLink;
  #since: EpochMs;
  #lastSuccess: EpochMs | null = null;
  #nextAttempt: EpochMs | null = null;
  #lastError: SourceStatus['lastError'] = null;
  #lastErrorDetail: string | null = null;
  #attempts = 0;
  #accepted = 0;
  #requests = 0;
  #failures = 0;
  #untold: SourceLinkEvent[] = [];
  #isTelling = false;
  #downSince: EpochMs;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#state = options.run ? 'connecting' : 'listening';
    this.#since = options.clock.now();
    this.#downSince = this.#since;
    this.#warnings = oncePerDay(options.clock, (sentence) =>
      options.logger.warn({ adapter: options.source.id, warning: sentence }, 'a source warns'),
    );
  }

  /** How the source is now. */
  status(): SourceStatus {
    const { source, tagCount, clock, sayTime } = this.#options;
    const now = clock.now();
    const status = {
      id: source.id,
      kind: source.kind,
      state: this.#state,
      since: this.#since,
      lastSuccess: this.#lastSuccess,
      nextAttempt: this.#nextAttempt,
      attempts: this.#attempts,
      lastError: this.#lastError,
      counts: {
        accepted: this.#accepted,
        discarded: { ...this.#discarded },
        requests: this.#requests,
        failures: this.#failures,
      },
      tags: tagCount(),
    };
    const facts = { now, status, lastErrorDetail: this.#lastErrorDetail, ...this.#observations.facts(now) };
    const { isWell, sentences } = diagnose(facts, sayTime);
    return { ...status, isWell, diagnosis: sentences };
  }

  /** The context of an adapter; also what a push adapter's routes use. */
  context(signal: AbortSignal): RunContext {
    const { clock, source, metrics, live, log, directory, sourceClock } = this.#options;
    return {
      clock,
      signal,
      directory,
      sink: (readings) => this.#sink(readings),
      connected: () => this.#connected(),
      discard: (reason, count, from) => {
        this.#discard(reason, count, from);
        metrics.ingestReceived.inc({ source: source.id }, count);
        metrics.ingestDiscarded.inc({ source: source.id, reason }, count);
      },
      observe: (outcome) => {
        const now = clock.now();
        this.#observations.asked(outcome, now);
        this.#requests++;
        if (outcome.code === undefined) this.#lastSuccess = now;
        else this.#failures++;
      },
      describe: this.#options.describe,
      lastStored: (tag) => {
        const at = live.lastAt(tag);
        return at === null ? null : (sourceClock?.toSource(at) ?? at);
      },
      warn: this.#warnings,
      waveform: (waveform) => this.#capture({ kind: 'waveform', ...waveform }),
      frame: (frame) => this.#capture({ kind: 'thermalFrame', ...frame }),
      event: this.#options.openEventIntake(),
      pushed: async (batch) => {
        await log.append({ kind: 'event', event: { kind: 'pushed', source: source.id, at: clock.now(), ...batch } });
      },
    };
  }

  /** Runs the source until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { run, clock, random, source } = this.#options;
    if (!run) return;
    const backoff = createBackoff(random);
    this.#tell({ kind: 'source', source: source.id, link: 'starting', at: clock.now() });
    while (!signal.aborted) {
      this.#attempts++;
      this.#change('connecting');
      // An adapter may leave something running by mistake: its own signal ends it before the next attempt begins.
      const attempt = new AbortController();
      const stop = () => attempt.abort();
      signal.addEventListener('abort', stop, { once: true });
      let failure: unknown = null;
      try {
        await run(this.context(attempt.signal));
      } catch (error) {
        failure = error;
      } finally {
        attempt.abort();
        signal.removeEventListener('abort', stop);
      }
      if (signal.aborted) break;
      if (this.#state === 'up') {
        if (clock.now() - this.#since < STEADY_AFTER_MS) backoff.renew();
        else backoff.reset();
      }
      await this.#failed(failure, backoff.next(clock.now()), signal);
    }
    this.#change('stopped');
  }

  async #sink(readings: readonly Reading[]): ReturnType<Intake> {
    // Before the wait, so that the readings need not outlive it.
    const [count, newest] = [readings.length, newestOf(readings)];
    const outcome = await this.#options.intake(readings).catch((error: unknown) => {
      // Counted where it was refused; here it is only remembered.
      if (isOurs(error) && error.code === 'log_full') {
        const fullDisk = error.cause instanceof DiskFull ? error.cause.message : null;
        this.#observations.refused(count, this.#options.clock.now(), fullDisk);
      }
      throw error;
    });
    this.#accepted += outcome.accepted;
    for (const { code } of outcome.rejected) this.#discard(code, 1);
    const now = this.#options.clock.now();
    this.#arrived(outcome, newest, now);
    this.#lastSuccess = now;
    return outcome;
  }

  /** What its clock shows, for the diagnosis; whose times are not used (`clock: arrival`), of that one the clock does not matter. */
  #arrived({ accepted, rejected }: Awaited<ReturnType<Intake>>, newest: EpochMs | null, now: EpochMs): void {
    const { source, sourceClock } = this.#options;
    const told = source.clock?.kind === 'arrival' ? null : newest;
    if (accepted > 0) this.#observations.arrived(told, now, (sourceClock?.toSource(now) ?? now) - now);
    else if (rejected.some(({ code }) => code === 'too_new' || code === 'too_old'))
      this.#observations.refusedForTime(told, now);
  }

  async #capture(capture: Capture): Promise<CaptureRefusal | null> {
    const refusal = await this.#options.captureIntake(capture);
    const now = this.#options.clock.now();
    if (refusal) this.#discard(refusal.code, 1);
    else {
      this.#accepted++;
      this.#observations.captured(now);
    }
    this.#lastSuccess = now;
    return refusal;
  }

  #discard(reason: string, count: number, from?: string): void {
    this.#discarded[reason] = (this.#discarded[reason] ?? 0) + count;
    this.#observations.discarded(reason, { count, from }, this.#options.clock.now());
  }

  #connected(): void {
    const { source, clock, logger, metrics } = this.#options;
    if (this.#state === 'up') return;
    const now = clock.now();
    if (this.#lastError) {
      logger.info(
        { adapter: source.id, afterMs: now - this.#downSince, attempts: this.#attempts },
        'connection is back',
      );
    } else {
      logger.info({ adapter: source.id, kind: source.kind }, 'connected');
    }
    this.#lastError = null;
    this.#attempts = 0;
    this.#lastSuccess = now;
    metrics.sourceUp.set({ source: source.id }, 1);
    this.#change('up');
    this.#tell({ kind: 'source', source: source.id, link: 'up', at: now });
  }

  async #failed(error: unknown, waitMs: number, signal: AbortSignal): Promise<void> {
    const { source, clock, logger, metrics } = this.#options;
    const now = clock.now();
    const code: ErrorCode = isOurs(error) ? error.code : 'adapter_failed';
    const message =
      error instanceof Error ? error.message : error === null ? 'the adapter ended by itself' : String(error);
    const wasUp = this.#state === 'up';
    metrics.sourceFailures.inc({ source: source.id, code });
    metrics.sourceUp.set({ source: source.id }, 0);
    // One failure is one line: when it starts and when its code changes.
    if (wasUp || this.#lastError?.code !== code) {
      logger.warn({ adapter: source.id, code, afterMs: Math.round(waitMs), err: error }, 'connection lost, will retry');
    }
    const isNews = wasUp || this.#lastError === null; // also the first failure after a start
    if (wasUp) {
      this.#downSince = now;
      this.#observations.broke(now);
    }
    this.#lastError = { code, message, at: now };
    this.#lastErrorDetail = causeDetail(error);
    const reason = `${message}: ${adviceFor(code, this.#lastErrorDetail)}`;
    this.#nextAttempt = now + waitMs;
    this.#change('waiting');
    if (isNews) this.#tell({ kind: 'source', source: source.id, link: 'down', at: now, code, reason });
    if (wasUp) await this.#markGap();
    await clock.sleep(waitMs, signal);
    this.#nextAttempt = null;
  }

  /**
   * One bad reading a tag right behind its newest one: charts show a gap instead of a line across it. By the device's
   * clock, which may be another than ours: by ours, what comes after the gap could look late.
   */
  async #markGap(): Promise<void> {
    const { source, intake, live } = this.#options;
    const gap = source.bindings.flatMap(({ tag }): Reading[] => {
      const last = live.lastAt(tag);
      if (last === null) return [];
      return [{ tag, at: last + 1, value: null, quality: 'bad', code: StatusCode.badNoCommunication }];
    });
    if (gap.length > 0) await intake(gap, 'by us').catch(() => undefined); // log full or closed: counted there
  }

  /** Writes the state of the link into the log, now or as soon as the log takes it: the engine lives by it. */
  #tell(event: SourceLinkEvent): void {
    // The oldest says since when, the newest how it is; what was between them is history.
    this.#untold = [...this.#untold.slice(0, 1), event];
    if (!this.#isTelling) void this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    const { log, clock } = this.#options;
    this.#isTelling = true;
    while (this.#untold.length > 0) {
      const event = this.#untold[0]!;
      try {
        await log.append({ kind: 'event', event });
        this.#untold = this.#untold.filter((each) => each !== event);
      } catch (error) {
        if (isOurs(error) && error.code === 'log_closed') break;
        await clock.sleep(TELL_AGAIN_MS);
      }
    }
    this.#isTelling = false;
  }

  #change(state: SourceLink): void {
    if (state === this.#state) return;
    // Waiting and trying again by turns is one outage: it lasts since it began.
    if (!(isDown(state) && isDown(this.#state))) this.#since = this.#options.clock.now();
    this.#state = state;
    this.#options.onChange(this.status());
  }
}

function isDown(state: SourceLink): boolean {
  return state === 'connecting' || state === 'waiting';
}
