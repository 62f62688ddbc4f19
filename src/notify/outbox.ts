import type { Clock } from '../model/clock.ts';
import type { DeliveryOutcome, DeliveryResult, DueDelivery } from '../model/delivery.ts';
import type { EpochMs } from '../model/reading.ts';
import { nextAttemptMs } from './backoff.ts';
import { createBell } from './bell.ts';
import type { Sender } from './send.ts';

/** How long a claim holds: longer than any attempt, so that only a crash lets it lapse. */
export const LEASE_MS = 60_000;
const FIRST_STORE_PAUSE_MS = 250;
const LONGEST_STORE_PAUSE_MS = 30_000;
/** After the stop, attempts under way have this long to end and be written down. */
const LAST_WORDS_MS = 900;

/** Where deliveries are kept. Every method may reject; it is called again later. */
export interface OutboxStore {
  /**
   * Hands out what is due at `at` and not claimed, oldest `nextAt` first, and claims it until `at + leaseMs`.
   * At most one delivery of a webhook, and none of a webhook that has a claimed one: this keeps its order, and keeps an
   * endpoint with a long queue from filling all places.
   */
  claimDue(at: EpochMs, limit: number, leaseMs: number): Promise<DueDelivery[]>;
  /** Writes a result down and releases the claim. */
  finish(id: string, result: DeliveryResult): Promise<void>;
  /** Switches a webhook off: nothing more is sent to it, and what waits for it is dead. */
  disableWebhook(webhookId: string, reason: string, at: EpochMs): Promise<void>;
}

/** What the outbox needs. */
export interface OutboxOptions {
  readonly store: OutboxStore;
  readonly sender: Pick<Sender, 'send'>;
  readonly clock: Clock;
  /** Draws from [0, 1), for the jitter. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /**
   * Subscribes to "deliveries were just committed" and answers with how to unsubscribe. Those that were claimed for `LEASE_MS`
   * as they were committed, as `claimDue` does it, come along: they are sent without asking the store.
   */
  readonly wake: (listener: (claimed?: readonly DueDelivery[]) => void) => () => void;
  /** Attempts under way at once, over all endpoints; 8 when left out. */
  readonly concurrency?: number;
  /** How often the store is asked although nothing happened; 1 s when left out. */
  readonly pollMs?: number;
  /** Called once per attempt, for metrics and the log, before the result is written down. */
  readonly onOutcome: (delivery: DueDelivery, outcome: DeliveryOutcome, result: DeliveryResult) => void;
  /** Called whenever the store refuses (the call is repeated with back-off) or an attempt breaks in an unforeseen way. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Sends what is due until the signal aborts; resolves within a second of that and never rejects.
 * Each delivery goes out at least once: a crash between sending and writing it down sends it again under the same id.
 */
export async function runOutbox(options: OutboxOptions): Promise<void> {
  const { store, clock, signal, concurrency = 8, pollMs = 1_000 } = options;
  const bell = createBell(clock);
  const underWay = new Set<Promise<void>>();
  const endpoints = new Map<string, Promise<void>>();
  const begin = (delivery: DueDelivery, attempting = deliver) => {
    // The store gives one per webhook; should a lease lapse under a slow attempt, the order is still kept here.
    const before = endpoints.get(delivery.webhookId) ?? Promise.resolve();
    const attempt = before.then(() => attempting(delivery, options)).catch(options.onTrouble);
    underWay.add(attempt);
    endpoints.set(delivery.webhookId, attempt);
    void attempt.finally(() => {
      underWay.delete(attempt);
      if (endpoints.get(delivery.webhookId) === attempt) endpoints.delete(delivery.webhookId);
      bell.ring(); // a place is free, and this webhook's next delivery may go
    });
  };
  const unsubscribe = options.wake((claimed = []) => {
    for (const delivery of claimed) begin(delivery, underWay.size < concurrency ? deliver : giveBack);
    bell.ring();
  });
  let giveUp: (nothing: null) => void = () => undefined;
  const stopped = new Promise<null>((resolve) => {
    giveUp = resolve;
  });
  const stop = () => {
    bell.ring();
    giveUp(null);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    while (!signal.aborted) {
      const free = concurrency - underWay.size;
      const claim = () => store.claimDue(clock.now(), free, LEASE_MS);
      const due = free > 0 ? await Promise.race([insist(claim, options), stopped]) : [];
      for (const delivery of due ?? []) begin(delivery);
      await bell.wait(pollMs);
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', stop);
  }
  const patience = new AbortController();
  await Promise.race([Promise.all(underWay), clock.sleep(LAST_WORDS_MS, patience.signal)]);
  patience.abort();
}

/** One attempt, written down. Should it break, the claim lapses and the delivery goes out again. */
async function deliver(delivery: DueDelivery, options: OutboxOptions): Promise<void> {
  const { store, sender, clock, random, signal, onOutcome } = options;
  const outcome = await sender.send(delivery, clock.now(), signal);
  const at = clock.now();
  if (signal.aborted && outcome.kind === 'retry' && outcome.status === null) return giveBack(delivery, options);
  const result = judge(delivery, outcome, { at, random });
  onOutcome(delivery, outcome, result);
  if (outcome.kind === 'gone')
    await insist(() => store.disableWebhook(delivery.webhookId, outcome.reason, at), options);
  await insist(() => store.finish(delivery.id, result), options);
}

/** Lets go of a delivery that was not attempted, or whose attempt our own stop broke off: it is due again at once. */
async function giveBack(delivery: DueDelivery, options: OutboxOptions): Promise<void> {
  await insist(() => options.store.finish(delivery.id, released(delivery, options.clock.now())), options);
}

function released(delivery: DueDelivery, at: EpochMs): DeliveryResult {
  const { attempts } = delivery;
  return { state: attempts === 0 ? 'pending' : 'failed', attempts, status: null, reason: null, nextAt: at, at };
}

function judge(
  delivery: DueDelivery,
  outcome: DeliveryOutcome,
  { at, random }: { readonly at: EpochMs; readonly random: () => number },
): DeliveryResult {
  const attempts = delivery.attempts + 1;
  const { status } = outcome;
  switch (outcome.kind) {
    case 'delivered':
      return { state: 'delivered', attempts, status, reason: null, nextAt: null, at };
    case 'gone':
    case 'dead':
      return { state: 'dead', attempts, status, reason: outcome.reason, nextAt: null, at };
    case 'retry': {
      const waitMs = nextAttemptMs(attempts, random);
      if (waitMs === null) return { state: 'dead', attempts, status, reason: outcome.reason, nextAt: null, at };
      const nextAt = at + Math.max(waitMs, outcome.retryAfterMs ?? 0);
      return { state: 'failed', attempts, status, reason: outcome.reason, nextAt, at };
    }
  }
}

/** Repeats a call of the store until it succeeds, tried at least once; null when the stop came first. */
async function insist<T>(call: () => Promise<T>, { clock, signal, onTrouble }: OutboxOptions): Promise<T | null> {
  for (let pauseMs = FIRST_STORE_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_STORE_PAUSE_MS)) {
    try {
      return await call();
    } catch (error) {
      onTrouble(error);
      if (signal.aborted) return null;
      await clock.sleep(pauseMs, signal);
    }
  }
}
