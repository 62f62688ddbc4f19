import { type AdapterContext, AdapterError, type Binding, type EpochMs, type Reading, StatusCode } from '../adapter.ts';
import { Backoff } from './backoff.ts';
import { type Bus, DEADLINES_TO_LISTEN } from './bus.ts';
import { type Answer, badReadings, decode, isGatewayException, statusOfException } from './decode.ts';
import { endpointOf, limitsOf } from './line.ts';
import { cutKey, type Plan, planRequests, type Request, splitRequest } from './requests.ts';
import type { Address, Config } from './settings.ts';
import { UnitHealth } from './unit-health.ts';

/** What a device says to a block it will not read: 2 is an address it has not got, 3 more registers than it gives. */
const REFUSALS = [2, 3];
/** Nobody can be asked then, whoever it is. */
const CANNOT_REACH: readonly string[] = ['connection_refused', 'connection_timeout', 'adapter_failed'];
/** So many units that fall silent at once did not fall silent: the link did. */
const SILENT_OF_A_DEAD_LINK = 3;
const NO_ANSWER = StatusCode.badNoCommunication;

/** What of its context a scanner needs. */
export type ScanContext = Pick<AdapterContext, 'clock' | 'signal' | 'connected' | 'observe'>;

/**
 * Reads every tag of one connection, once per `scan`, so that one bad thing harms only itself: a unit that is silent is
 * left alone for a while as long as others answer, and a tag the device refuses is found and asked apart from the rest.
 */
export class Scanner {
  readonly #config: Config;
  readonly #bindings: readonly Binding<Address>[];
  readonly #ctx: ScanContext;
  readonly #bus: Bus;
  readonly #health: UnitHealth;
  readonly #refusals = new Backoff<string>();
  /** Tags the device refuses, and the status code they carry. */
  readonly #refused = new Map<string, number>();
  readonly #cuts = new Set<string>();
  /** Something was learnt since the plan was made. */
  #hasLearnt = false;
  #plan: Plan;
  /** Which of the bus's connections has brought an answer. */
  #connected = 0;
  /** What all questions so far took, each no longer than it can: a process that stood still meanwhile is no unit's fault. */
  #askedMs = 0;

  constructor(config: Config, bindings: readonly Binding<Address>[], ctx: ScanContext, bus: Bus) {
    this.#config = config;
    this.#bindings = bindings;
    this.#ctx = ctx;
    this.#bus = bus;
    this.#health = new UnitHealth(config.timeout);
    this.#plan = this.#planScan();
  }

  /** What the next scan will ask, as far as the device is known by now. */
  get plan(): Plan {
    return this.#plan;
  }

  /**
   * One pass over all units, those who answer first; what was read is added to `batch`, also when it throws.
   * Throws `AdapterError` when the device cannot be reached or none of its units answers.
   */
  async scan(batch: Reading[]): Promise<void> {
    const { clock } = this.#ctx;
    const startedAt = clock.now();
    // Given only when somebody answers: a dead link is the supervisor's to tell, not every tag's.
    const missed = badReadings(this.#plan.unreadable, StatusCode.badConfigurationError, startedAt);
    const due = this.#dueByUnit(startedAt, missed);
    const pass: Pass = { batch, missed, answers: 0, silentInARow: 0, failure: null };
    const { regular, visits } = this.#health.order([...due.keys()], startedAt);
    for (const unitId of regular) await this.#readUnit(unitId, due, pass);
    const askedBeforeMs = this.#askedMs;
    for (const unitId of visits) {
      await this.#readUnit(unitId, due, pass);
      const now = clock.now();
      const lateMs = now - startedAt - this.#config.poll;
      this.#health.heldUp(lateMs, this.#askedMs - askedBeforeMs, now);
      if (lateMs > 0) break;
    }
    if (pass.failure && pass.answers === 0) throw pass.failure;
    // Whoever is slow is read when there is time; whoever is silent has no value.
    for (const [unitId, requests] of due)
      if (this.#health.isSilent(unitId)) missed.push(...badReadings(bindingsOf(requests), NO_ANSWER, startedAt));
    batch.push(...missed);
    if (this.#hasLearnt) this.#plan = this.#planScan();
  }

  /** The requests of each unit that are to be asked now. */
  #dueByUnit(now: EpochMs, missed: Reading[]): Map<number, Request[]> {
    const due = new Map<number, Request[]>();
    for (const request of this.#plan.requests) {
      const requests = due.get(request.unitId) ?? [];
      due.set(request.unitId, requests);
      if (!this.#isRefused(request, now, missed)) requests.push(request);
    }
    for (const [unitId, requests] of due) if (requests.length === 0) due.delete(unitId);
    return due;
  }

  /** Reads one unit and takes it out of `due`. A unit that fails is blamed only if another one fares better. */
  async #readUnit(unitId: number, due: Map<number, Request[]>, pass: Pass): Promise<void> {
    const { clock, signal } = this.#ctx;
    const requests = due.get(unitId) ?? [];
    due.delete(unitId);
    const startedAt = clock.now();
    const askedBeforeMs = this.#askedMs;
    const read: Reading[] = [];
    try {
      const isThere = await this.#readBlocks(requests, read);
      pass.answers++;
      pass.silentInARow = 0;
      if (isThere) this.#health.succeeded(unitId, this.#askedMs - askedBeforeMs);
      else this.#health.failed(unitId, clock.now());
    } catch (error) {
      if (signal.aborted || !(error instanceof AdapterError) || CANNOT_REACH.includes(error.code)) throw error;
      pass.failure ??= error;
      if (this.#health.isKnown(unitId)) pass.silentInARow++;
      this.#health.failed(unitId, clock.now());
      // They all answered a moment ago: it is the link, and asking the rest would only take its time.
      if (pass.answers === 0 && pass.silentInARow >= SILENT_OF_A_DEAD_LINK) throw error;
    } finally {
      pass.batch.push(...read);
    }
    pass.missed.push(...badReadings(without(requests, read), NO_ANSWER, startedAt));
  }

  /** A refused tag is asked ever more rarely; until then it has a `bad` reading without being asked. */
  #isRefused({ bindings }: Request, now: EpochMs, missed: Reading[]): boolean {
    const tag = bindings[0]!.tag;
    const status = this.#refused.get(tag);
    if (status === undefined || !this.#refusals.isWaiting(tag, now)) return false;
    missed.push(...badReadings(bindings, status, now));
    return true;
  }

  /** False as soon as a gateway says that it cannot reach the unit: asking on would cost its deadline each time. */
  async #readBlocks(requests: readonly Request[], read: Reading[]): Promise<boolean> {
    for (const request of requests) {
      if (!(await this.#readBlock(request, read))) return false;
    }
    return true;
  }

  async #readBlock(request: Request, read: Reading[]): Promise<boolean> {
    const { answer, at } = await this.#askTwice(request);
    const tag = request.bindings[0]!.tag;
    if (answer.kind === 'exception') {
      if (isGatewayException(answer.code)) return false;
      if (REFUSALS.includes(answer.code)) {
        const halves = splitRequest(request);
        if (halves) return this.#readHalves(halves, read);
        this.#hasLearnt = true;
        this.#refused.set(tag, statusOfException(answer.code));
        this.#refusals.failed(tag, at);
      }
    } else if (this.#refused.delete(tag)) {
      this.#hasLearnt = true;
      this.#refusals.succeeded(tag);
    }
    read.push(...decode(request, answer, at));
    return true;
  }

  /** Finds by halving what a device refuses in a block; the next plan goes round it. */
  async #readHalves(halves: readonly [Request, Request], read: Reading[]): Promise<boolean> {
    const refusedBefore = this.#refused.size;
    if (!(await this.#readBlocks(halves, read))) return false;
    // Both halves are fine alone: what lies between them, or their common length, was refused.
    if (this.#refused.size === refusedBefore) {
      this.#hasLearnt = true;
      this.#cuts.add(cutKey(halves[1]));
    }
    return true;
  }

  /** On a serial line a frame may be damaged without anybody being ill: it is asked for once more. */
  async #askTwice(request: Request): Promise<{ readonly answer: Answer; readonly at: EpochMs }> {
    try {
      return await this.#ask(request);
    } catch (error) {
      const isDamage = error instanceof AdapterError && error.code === 'answer_invalid';
      if (!isDamage || endpointOf(this.#config).framing === 'mbap' || this.#ctx.signal.aborted) throw error;
      return this.#ask(request);
    }
  }

  async #ask(request: Request): Promise<{ readonly answer: Answer; readonly at: EpochMs }> {
    const { clock, signal } = this.#ctx;
    const { unitId } = request;
    const startedAt = clock.now();
    let at = startedAt;
    const sent = () => {
      at = clock.now();
    };
    const outcome = () => ({ unit: String(unitId), ms: Math.max(0, clock.now() - at) });
    const deadlineMs = this.#health.deadlineMs(unitId, at);
    try {
      const answer = await this.#bus.read(request, { deadlineMs, signal, sent });
      if (this.#connected !== this.#bus.openings) this.#ctx.connected();
      this.#connected = this.#bus.openings;
      this.#health.answered(unitId, Math.min(outcome().ms, deadlineMs));
      this.#ctx.observe(answer.kind === 'bytes' ? outcome() : { ...outcome(), code: `exception_${answer.code}` });
      return { answer, at };
    } catch (error) {
      if (error instanceof AdapterError) this.#ctx.observe({ ...outcome(), code: error.code });
      throw error;
    } finally {
      const longestMs = deadlineMs * (endpointOf(this.#config).framing === 'mbap' ? 1 : DEADLINES_TO_LISTEN);
      this.#askedMs += Math.min(Math.max(0, clock.now() - startedAt), longestMs);
    }
  }

  #planScan(): Plan {
    this.#hasLearnt = false;
    const learnt = { refused: new Set(this.#refused.keys()), cuts: this.#cuts };
    return planRequests(this.#bindings, limitsOf(this.#config), learnt);
  }
}

/** What one scan has come to so far. */
interface Pass {
  readonly batch: Reading[];
  /** Goes into the batch when somebody answered. */
  readonly missed: Reading[];
  answers: number;
  /** Units that answered before and do not now, one after the other. */
  silentInARow: number;
  failure: AdapterError | null;
}

function bindingsOf(requests: readonly Request[]): Binding<Address>[] {
  return requests.flatMap(({ bindings }) => bindings);
}

/** The bindings of `requests` that have no reading yet. */
function without(requests: readonly Request[], read: readonly Reading[]): Binding<Address>[] {
  const done = new Set(read.map(({ tag }) => tag));
  return bindingsOf(requests).filter(({ tag }) => !done.has(tag));
}
