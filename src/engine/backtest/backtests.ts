import { randomUUID } from 'node:crypto';
import type { Clock } from '../../model/clock.ts';
import { ApiError, isOurs } from '../../model/errors.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { backtest } from './host.ts';
import type { BacktestProgress, BacktestReport, BacktestRequest } from './messages.ts';

/** What was asked for, in short: it is kept as long as the report, and a plant may have some MB. */
export interface AskedBacktest extends Pick<BacktestRequest, 'from' | 'to' | 'rules'> {
  readonly against: BacktestReport['against'];
}

/** A back-test that somebody asked for. */
export interface BacktestJob {
  readonly id: string;
  readonly by: string;
  readonly asked: AskedBacktest;
  readonly createdAt: EpochMs;
  readonly state: 'waiting' | 'running' | 'done' | 'cancelled' | 'failed';
  readonly startedAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
  readonly progress: BacktestProgress | null;
  readonly report: BacktestReport | null;
  /** Why it failed. */
  readonly reason: string | null;
}

/** What the back-tests of a service run with. */
export interface BacktestsOptions {
  readonly databaseUrl: string;
  readonly clock: Clock;
  /** Ends all of them. */
  readonly signal: AbortSignal;
  /** Runs one. */
  readonly run: typeof backtest;
}

/** Each takes a core, and the line needs the other. */
const MAX_WAITING = 4;
/** Finished ones that are remembered; a report is at most some MB. */
const MAX_KEPT = 10;

/** `request`: until it has ended. */
interface Entry {
  job: BacktestJob;
  request: BacktestRequest | null;
  readonly cancelling: AbortController;
}

/** Runs back-tests one after the other, in the order in which they were asked for, and keeps the last results in memory. */
export class Backtests {
  readonly #options: BacktestsOptions;
  readonly #jobs = new Map<string, Entry>();
  #running: Promise<void> | null = null;

  constructor(options: BacktestsOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => {
      for (const { cancelling } of this.#jobs.values()) cancelling.abort();
    });
  }

  /** Takes one in. Throws `rate_limited` when too many wait already. */
  start(request: BacktestRequest, by: string): BacktestJob {
    const waiting = [...this.#jobs.values()].filter(({ job }) => job.state === 'waiting').length;
    if (waiting >= MAX_WAITING) {
      const message = `${MAX_WAITING} back-tests wait already: cancel one, or wait until they are done`;
      throw new ApiError(429, 'rate_limited', message, { retryAfterS: 10 });
    }
    const { from, to, rules, present } = request;
    const job: BacktestJob = {
      id: randomUUID(),
      by,
      asked: { from, to, rules, against: present === null ? 'journal' : 'rules' },
      createdAt: this.#options.clock.now(),
      state: 'waiting',
      startedAt: null,
      endedAt: null,
      progress: null,
      report: null,
      reason: null,
    };
    this.#jobs.set(job.id, { job, request, cancelling: new AbortController() });
    this.#running ??= this.#runAll().finally(() => {
      this.#running = null;
    });
    return this.find(job.id)!; // it was just put in, and may run already
  }

  /** Newest first. */
  list(): readonly BacktestJob[] {
    return [...this.#jobs.values()].map(({ job }) => job).reverse();
  }

  find(id: string): BacktestJob | null {
    return this.#jobs.get(id)?.job ?? null;
  }

  /** Cancels one that waits or runs; forgets one that has ended. Says whether there was one. */
  remove(id: string): boolean {
    const found = this.#jobs.get(id);
    if (!found) return false;
    found.cancelling.abort();
    if (found.job.state === 'waiting') this.#change(id, { state: 'cancelled', endedAt: this.#options.clock.now() });
    else if (found.job.state !== 'running') this.#jobs.delete(id);
    return true;
  }

  /** Resolves when nothing runs any more; for the end of the service, after its signal has aborted. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #runAll(): Promise<void> {
    for (;;) {
      const next = [...this.#jobs.values()].find(({ job }) => job.state === 'waiting');
      if (!next?.request || this.#options.signal.aborted) return;
      await this.#run(next.job.id, next.request, next.cancelling.signal);
      this.#forgetOldest();
    }
  }

  async #run(id: string, request: BacktestRequest, signal: AbortSignal): Promise<void> {
    const { clock, databaseUrl, run } = this.#options;
    this.#change(id, { state: 'running', startedAt: clock.now() });
    const onProgress = (progress: BacktestProgress) => this.#change(id, { progress });
    try {
      const report = await run(request, { databaseUrl, signal, onProgress });
      this.#change(id, { state: report === null ? 'cancelled' : 'done', report, endedAt: clock.now() });
    } catch (error) {
      const reason = isOurs(error) ? error.message : 'something went wrong inside the service';
      this.#change(id, { state: 'failed', reason, endedAt: clock.now() });
    }
  }

  #change(id: string, change: Partial<BacktestJob>): void {
    const found = this.#jobs.get(id);
    if (!found) return;
    found.job = { ...found.job, ...change };
    if (found.job.endedAt !== null) found.request = null;
  }

  #forgetOldest(): void {
    const ended = [...this.#jobs.values()].filter(({ job }) => job.endedAt !== null);
    for (const { job } of ended.slice(0, Math.max(0, ended.length - MAX_KEPT))) this.#jobs.delete(job.id);
  }
}
