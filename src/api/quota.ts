import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../model/clock.ts';
import { ApiError } from '../model/errors.ts';
import type { PushMeter, PushQuota } from '../model/push-quota.ts';
import type { EpochMs } from '../model/reading.ts';

/** Which of the two was used up. */
export type QuotaLimit = 'readings' | 'bytes';

const DAY_MS = 86_400_000;
/** Slept through in pieces, so that a body that is slowed down does not outlive its quota's change by long. */
const LONGEST_PAUSE_MS = 5_000;
/** A body whose next step would have to wait longer is answered: it holds a connection, and proxies give up about then. */
const LONGEST_WAIT_MS = 60_000;
/** Bytes of a body that cost as much as one reading, however little they hold. */
const BYTES_OF_A_READING = 64 * 1024;

/**
 * Keeps the keys within their quotas. A request is let in while its key is not in debt. What it pushed beyond the rate is a debt
 * that time pays off; until then the next request gets 429 with the time to wait, and a body that is still coming is read more
 * slowly, or answered 429 in the middle when it would have to wait for long. Who pushes nothing, or what can't be read, pays
 * too: no request costs less than one reading. Counts begin anew with the service.
 */
export class Quotas {
  readonly #clock: Clock;
  readonly #onRefusal: (limit: QuotaLimit) => void;
  /** By key; only keys that have a quota. */
  readonly #accounts = new Map<string, Account>();
  readonly #meters = new WeakMap<FastifyRequest, RequestMeter>();

  constructor(clock: Clock, onRefusal: (limit: QuotaLimit) => void) {
    this.#clock = clock;
    this.#onRefusal = onRefusal;
  }

  /** Meters all routes that are registered in `scope` afterwards; callers are known there. */
  install(scope: FastifyInstance): void {
    scope.addHook('onRequest', async (request, reply) => {
      // A key that was traded for a session would leave its quota behind.
      if (request.caller?.by === 'session')
        throw new ApiError(403, 'forbidden', 'a browser session pushes nothing: use a key with the scope "ingest"');
      const account = this.#accountOf(request);
      if (!account) return;
      account.admit();
      const meter = new RequestMeter(account);
      this.#meters.set(request, meter);
      // After the answer as when the client goes away.
      reply.raw.once('close', () => meter.close());
    });
    scope.addHook('preParsing', (request, _reply, payload, done) => {
      const meter = this.#meters.get(request);
      if (meter) {
        payload.on('data', (chunk: Buffer) => meter.take(chunk.length));
        payload.pause(); // until whoever reads the body begins
      }
      done(null, payload);
    });
  }

  /** The meter of a request. */
  readonly meterOf = (request: FastifyRequest): PushMeter => this.#meters.get(request) ?? UNLIMITED;

  #accountOf({ caller }: FastifyRequest): Account | null {
    if (caller?.by !== 'key') return null;
    const { id, quota } = caller.principal;
    if (quota.readingsPerSecond === null && quota.bytesPerDay === null) return null;
    let account = this.#accounts.get(id);
    if (!account) {
      account = new Account(this.#clock, this.#onRefusal);
      this.#accounts.set(id, account);
    }
    account.quota = quota;
    return account;
  }
}

const UNLIMITED: PushMeter = { ready: () => Promise.resolve(), spend: () => undefined };

/** A request that was let in takes its first step whatever its body has cost; a long one is asked again at each further step. */
class RequestMeter implements PushMeter {
  readonly #account: Account;
  readonly #gone = new AbortController();
  #hasBegun = false;
  #spent = 0;
  #bytes = 0;

  constructor(account: Account) {
    this.#account = account;
  }

  async ready(signal: AbortSignal): Promise<void> {
    if (this.#hasBegun) {
      await this.#account.ready(AbortSignal.any([signal, this.#gone.signal]));
      if (this.#gone.signal.aborted)
        throw new ApiError(400, 'body_invalid', 'the client went away before all of the body was taken');
    }
    this.#hasBegun = true;
  }

  spend(readings: number): void {
    this.#spent += readings;
    this.#account.spend(readings);
  }

  /** Counts bytes of the body. */
  take(bytes: number): void {
    this.#bytes += bytes;
    this.#account.take(bytes);
  }

  /** The request is over: it pays for what it cost beside its readings, and waits no longer. */
  close(): void {
    const least = Math.max(1, Math.ceil(this.#bytes / BYTES_OF_A_READING));
    if (this.#spent < least) this.#account.spend(least - this.#spent);
    this.#gone.abort();
  }
}

/** What one key has left. */
class Account {
  quota: PushQuota = { readingsPerSecond: null, bytesPerDay: null };
  readonly #clock: Clock;
  readonly #onRefusal: (limit: QuotaLimit) => void;
  /** Readings that were taken beyond what time has paid for; below 0: what may come at once. */
  #debt = 0;
  #paidAt: EpochMs;
  #bytes = 0;
  #day = 0;

  constructor(clock: Clock, onRefusal: (limit: QuotaLimit) => void) {
    this.#clock = clock;
    this.#onRefusal = onRefusal;
    this.#paidAt = clock.now();
  }

  /** Throws 429 when nothing may be taken now. */
  admit(): void {
    const owedMs = this.#owedMs();
    if (owedMs > 0) {
      this.#onRefusal('readings');
      const { readingsPerSecond } = this.quota;
      throw exceeded(`this key has pushed more than its ${readingsPerSecond} readings a second`, owedMs);
    }
    this.#admitBytes();
  }

  /** Resolves when the debt is paid off; throws 429 when that would take too long, or the day's bytes are used up. */
  async ready(signal: AbortSignal): Promise<void> {
    this.#admitBytes();
    const giveUpAt = this.#clock.now() + LONGEST_WAIT_MS;
    for (let owedMs = this.#owedMs(); owedMs > 0 && !signal.aborted; owedMs = this.#owedMs()) {
      if (this.#clock.now() + owedMs > giveUpAt) {
        this.#onRefusal('readings');
        const message = `the rest of this body is too much for the ${this.quota.readingsPerSecond} readings a second of its key: send shorter ones`;
        throw exceeded(message, owedMs);
      }
      await this.#clock.sleep(Math.min(owedMs, LONGEST_PAUSE_MS), signal);
    }
  }

  /** Counts readings that were taken. */
  spend(readings: number): void {
    this.#owedMs(); // what time has paid off until now
    this.#debt += readings;
  }

  /** Counts bytes of a body. */
  take(bytes: number): void {
    this.#today();
    this.#bytes += bytes;
  }

  /** How long until the debt is paid off. */
  #owedMs(): number {
    const rate = this.quota.readingsPerSecond;
    const now = this.#clock.now();
    const elapsedMs = Math.max(0, now - this.#paidAt);
    this.#paidAt = now;
    if (rate === null) {
      this.#debt = 0;
      return 0;
    }
    this.#debt = Math.max(0, this.#debt - (elapsedMs / 1_000) * rate);
    return (this.#debt / rate) * 1_000;
  }

  #admitBytes(): void {
    const { bytesPerDay } = this.quota;
    const leftOfDayMs = this.#today();
    if (bytesPerDay === null || this.#bytes < bytesPerDay) return;
    this.#onRefusal('bytes');
    throw exceeded(`this key has pushed its ${bytesPerDay} bytes of today (UTC)`, leftOfDayMs);
  }

  /** Begins a new day when there is one; what is left of it. */
  #today(): number {
    const now = this.#clock.now();
    const day = Math.floor(now / DAY_MS);
    if (day !== this.#day) this.#bytes = 0;
    this.#day = day;
    return (day + 1) * DAY_MS - now;
  }
}

function exceeded(message: string, waitMs: number): ApiError {
  return new ApiError(429, 'rate_limited', message, { retryAfterS: Math.max(1, Math.ceil(waitMs / 1_000)) });
}
