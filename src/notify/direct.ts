import type { Priority } from '../model/alert.ts';
import type { Clock } from '../model/clock.ts';
import type { DeliveryResult, DueDelivery } from '../model/delivery.ts';
import type { EpochMs } from '../model/reading.ts';
import { createBell } from './bell.ts';
import type { OutboxStore } from './outbox.ts';

/** An endpoint as it was when the database was last asked. */
export interface KnownEndpoint {
  readonly id: string;
  readonly url: string;
  /** Empty: all. */
  readonly priorities: readonly Priority[];
  readonly secrets: readonly string[];
}

/** A message that the database has not taken yet. */
export interface UnstoredMessage {
  readonly id: string;
  readonly priority: Priority;
  readonly body: string;
  readonly at: EpochMs;
}

/** What becomes of each message, by webhook. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, DeliveryResult>>;

interface Waiting {
  readonly delivery: DueDelivery;
  readonly message: string;
  attempts: number;
  nextAt: EpochMs;
  claimedUntil: EpochMs;
}

/** Messages beyond this go out when the database is back. A message takes about 1 kB. */
const MAX_WAITING = 10_000;
/** Longer than any attempt. */
const SETTLE_MS = 20_000;

/**
 * The outbox of the time without a database: in memory, for the endpoints that were known when it went away. Each keeps
 * its order. What becomes of a message is told to `onResult`, and belongs into the database later.
 */
export class DirectOutbox implements OutboxStore {
  readonly #clock: Clock;
  readonly #onResult: (message: string, webhook: string, result: DeliveryResult) => void;
  readonly #results = new Map<string, Map<string, DeliveryResult>>();
  readonly #settled;
  #endpoints: readonly KnownEndpoint[] = [];
  #waiting: Waiting[] = [];
  #isOpen = false;
  #ring = () => {};

  constructor(options: {
    readonly clock: Clock;
    /** Of an earlier run. */
    readonly results: readonly {
      readonly message: string;
      readonly webhook: string;
      readonly result: DeliveryResult;
    }[];
    readonly onResult: (message: string, webhook: string, result: DeliveryResult) => void;
  }) {
    this.#clock = options.clock;
    this.#onResult = options.onResult;
    this.#settled = createBell(options.clock);
    for (const { message, webhook, result } of options.results) this.#keep(message, webhook, result);
  }

  /** What the database says now of its endpoints: those that are enabled. */
  set endpoints(endpoints: readonly KnownEndpoint[]) {
    this.#endpoints = endpoints;
  }

  /** Subscribes to "there may be something to send". */
  onWake(listener: () => void): () => void {
    this.#ring = listener;
    return () => {
      this.#ring = () => {};
    };
  }

  /** Puts a message out for every endpoint that wants its priority, unless an earlier run delivered it. */
  offer({ id, priority, body, at }: UnstoredMessage): void {
    for (const { id: webhookId, url, secrets, priorities } of this.#endpoints) {
      if (priorities.length > 0 && !priorities.includes(priority)) continue;
      const before = this.#results.get(id)?.get(webhookId);
      if (before && before.nextAt === null) continue;
      if (this.#waiting.length >= MAX_WAITING) return;
      const attempts = before?.attempts ?? 0;
      const delivery = { id: `${id}_${webhookId}`, webhookId, url, secrets, body, attempts, createdAt: at };
      this.#waiting.push({ delivery, message: id, attempts, nextAt: before?.nextAt ?? at, claimedUntil: 0 });
    }
    this.#ring();
  }

  resume(): void {
    this.#isOpen = true;
    this.#ring();
  }

  /** Hands nothing out any more, and answers when nothing is under way. */
  async settle(): Promise<Results> {
    this.#isOpen = false;
    const deadline = this.#clock.now() + SETTLE_MS;
    while (this.#isAnyClaimed() && this.#clock.now() < deadline) await this.#settled.wait(1_000);
    return this.#results;
  }

  /** The database has these messages, and what became of them. */
  forget(messages: readonly string[]): void {
    if (this.#waiting.length === 0 && this.#results.size === 0) return;
    const gone = new Set(messages);
    this.#waiting = this.#waiting.filter(({ message }) => !gone.has(message));
    for (const id of messages) this.#results.delete(id);
  }

  async claimDue(at: EpochMs, limit: number, leaseMs: number): Promise<DueDelivery[]> {
    if (!this.#isOpen) return [];
    const busy = new Set(this.#waiting.filter((each) => each.claimedUntil > at).map((each) => each.delivery.webhookId));
    const due: DueDelivery[] = [];
    for (const each of this.#waiting) {
      if (due.length === limit) break;
      const { webhookId } = each.delivery;
      if (busy.has(webhookId) || each.nextAt > at) continue;
      busy.add(webhookId);
      each.claimedUntil = at + leaseMs;
      due.push({ ...each.delivery, attempts: each.attempts });
    }
    return due;
  }

  async finish(id: string, result: DeliveryResult): Promise<void> {
    const index = this.#waiting.findIndex(({ delivery }) => delivery.id === id);
    const each = this.#waiting[index];
    if (!each) return;
    if (result.nextAt === null) this.#waiting.splice(index, 1);
    Object.assign(each, { attempts: result.attempts, nextAt: result.nextAt ?? 0, claimedUntil: 0 });
    if (result.attempts > 0) {
      this.#keep(each.message, each.delivery.webhookId, result);
      this.#onResult(each.message, each.delivery.webhookId, result);
    }
    this.#settled.ring();
  }

  /** It is switched off in the database when the outbox meets the same answer. */
  async disableWebhook(webhookId: string): Promise<void> {
    this.#endpoints = this.#endpoints.filter(({ id }) => id !== webhookId);
    this.#waiting = this.#waiting.filter((each) => each.delivery.webhookId !== webhookId || each.claimedUntil > 0);
  }

  #isAnyClaimed(): boolean {
    const now = this.#clock.now();
    return this.#waiting.some(({ claimedUntil }) => claimedUntil > now);
  }

  #keep(message: string, webhook: string, result: DeliveryResult): void {
    const results = this.#results.get(message) ?? new Map<string, DeliveryResult>();
    results.set(webhook, result);
    this.#results.set(message, results);
  }
}
