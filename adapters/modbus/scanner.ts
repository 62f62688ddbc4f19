import { type AdapterContext, AdapterError, type Binding, type EpochMs, type Reading, StatusCode } from '../adapter.ts';
import { Backoff } from './backoff.ts';
import { Bus } from './bus.ts';
import { type Answer, badReadings, decode, isGatewayException, statusOfException } from './decode.ts';
import { cutKey, type Plan, planRequests, type Request, splitRequest } from './requests.ts';
import type { Address, Config } from './settings.ts';

/** What a device says to a block it will not read: 2 is an address it has not got, 3 more registers than it gives. */
const REFUSALS = [2, 3];

/**
 * Reads every tag of one connection, once per `scan`, so that one bad thing harms only itself: a unit that is silent is
 * left alone for a while as long as others answer, and a tag the device refuses is found and asked apart from the rest.
 */
export class Scanner {
  readonly #config: Config;
  readonly #bindings: readonly Binding<Address>[];
  readonly #ctx: AdapterContext;
  readonly #silentUnits = new Backoff<number>();
  readonly #refusals = new Backoff<string>();
  /** Tags the device refuses, and the status code they carry. */
  readonly #refused = new Map<string, number>();
  readonly #cuts = new Set<string>();
  /** Something was learnt since the plan was made. */
  #hasLearnt = false;
  #plan: Plan;
  #bus: Bus | null = null;
  /** True once the present connection has brought an answer. */
  #isConnected = false;

  constructor(config: Config, bindings: readonly Binding<Address>[], ctx: AdapterContext) {
    this.#config = config;
    this.#bindings = bindings;
    this.#ctx = ctx;
    this.#plan = this.#planScan();
  }

  /**
   * One pass over all units, the healthy ones first; what was read is added to `batch`, also when it throws.
   * Throws `AdapterError` when the device cannot be reached or none of its units answers.
   */
  async scan(batch: Reading[]): Promise<void> {
    const startedAt = this.#ctx.clock.now();
    // Given only when somebody answers: a dead link is the supervisor's to tell, not every tag's.
    const missed = badReadings(this.#plan.unreadable, StatusCode.badConfigurationError, startedAt);
    let hasAnswer = false;
    let failure: AdapterError | null = null;
    for (const [unitId, requests] of this.#unitsInOrder()) {
      const due = requests.filter((request) => !this.#isRefused(request, startedAt, missed));
      const read: Reading[] = [];
      if (due.length > 0 && !this.#silentUnits.isWaiting(unitId, startedAt)) {
        const bus = await this.#openBus();
        try {
          const isThere = await this.#readBlocks(bus, due, read);
          hasAnswer = true;
          if (isThere) this.#silentUnits.succeeded(unitId);
          else this.#silentUnits.failed(unitId, this.#ctx.clock.now());
        } catch (error) {
          if (this.#ctx.signal.aborted || !(error instanceof AdapterError)) throw error;
          // The bus is dead now; the next unit gets a new one, and this unit is blamed if that one fares better.
          failure ??= error;
          this.#silentUnits.failed(unitId, this.#ctx.clock.now());
        } finally {
          batch.push(...read);
        }
      }
      missed.push(...badReadings(without(due, read), StatusCode.badNoCommunication, startedAt));
    }
    if (failure && !hasAnswer) throw failure;
    batch.push(...missed);
    if (this.#hasLearnt) this.#plan = this.#planScan();
  }

  /** Closes the connection. */
  close(): void {
    this.#bus?.destroy();
  }

  async #openBus(): Promise<Bus> {
    if (this.#bus?.isOpen) return this.#bus;
    const { host, port, timeout } = this.#config;
    this.#bus = await Bus.open({ host, port, timeoutMs: timeout, signal: this.#ctx.signal });
    this.#isConnected = false;
    return this.#bus;
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
  async #readBlocks(bus: Bus, requests: readonly Request[], read: Reading[]): Promise<boolean> {
    for (const request of requests) {
      if (!(await this.#readBlock(bus, request, read))) return false;
    }
    return true;
  }

  async #readBlock(bus: Bus, request: Request, read: Reading[]): Promise<boolean> {
    const at = this.#ctx.clock.now();
    const tag = request.bindings[0]!.tag;
    const answer = await this.#ask(bus, request, at);
    if (answer.kind === 'exception') {
      if (isGatewayException(answer.code)) return false;
      if (REFUSALS.includes(answer.code)) {
        const halves = splitRequest(request);
        if (halves) return this.#readHalves(bus, halves, read);
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
  async #readHalves(bus: Bus, halves: readonly [Request, Request], read: Reading[]): Promise<boolean> {
    const refusedBefore = this.#refused.size;
    if (!(await this.#readBlocks(bus, halves, read))) return false;
    // Both halves are fine alone: what lies between them, or their common length, was refused.
    if (this.#refused.size === refusedBefore) {
      this.#hasLearnt = true;
      this.#cuts.add(cutKey(halves[1]));
    }
    return true;
  }

  async #ask(bus: Bus, request: Request, at: EpochMs): Promise<Answer> {
    const { clock } = this.#ctx;
    const outcome = () => ({ unit: String(request.unitId), ms: Math.max(0, clock.now() - at) });
    try {
      const answer = await bus.read(request);
      if (!this.#isConnected) this.#ctx.connected();
      this.#isConnected = true;
      this.#ctx.observe(answer.kind === 'bytes' ? outcome() : { ...outcome(), code: `exception_${answer.code}` });
      return answer;
    } catch (error) {
      if (error instanceof AdapterError) this.#ctx.observe({ ...outcome(), code: error.code });
      throw error;
    }
  }

  #planScan(): Plan {
    this.#hasLearnt = false;
    return planRequests(this.#bindings, this.#config, { refused: new Set(this.#refused.keys()), cuts: this.#cuts });
  }

  #unitsInOrder(): readonly (readonly [unitId: number, requests: readonly Request[]])[] {
    const units = new Map<number, Request[]>();
    for (const request of this.#plan.requests) {
      const requests = units.get(request.unitId);
      if (requests) requests.push(request);
      else units.set(request.unitId, [request]);
    }
    const isSilent = (unitId: number) => Number(this.#silentUnits.hasFailed(unitId));
    return [...units].sort(([a], [b]) => isSilent(a) - isSilent(b));
  }
}

/** The bindings of `requests` that have no reading yet. */
function without(requests: readonly Request[], read: readonly Reading[]): Binding<Address>[] {
  const done = new Set(read.map(({ tag }) => tag));
  return requests.flatMap(({ bindings }) => bindings).filter(({ tag }) => !done.has(tag));
}
