import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../model/clock.ts';
import type { DeliveryOutcome, DeliveryResult, DueDelivery } from '../model/delivery.ts';
import type { EpochMs } from '../model/reading.ts';
import { MOST_ATTEMPTS, nextAttemptMs } from './backoff.ts';
import { LEASE_MS, type OutboxOptions, type OutboxStore, runOutbox } from './outbox.ts';

const BEGIN = Date.UTC(2025, 0, 15);
const DELIVERED: DeliveryOutcome = { kind: 'delivered', status: 200 };
const FAILED: DeliveryOutcome = { kind: 'retry', status: 500, reason: 'answered 500', retryAfterMs: null };

describe('the outbox', () => {
  it('sends a new delivery at once when it is woken, however seldom it looks', async () => {
    const plant = start({ pollMs: 3_600_000 });
    await plant.until(() => plant.store.claims > 0);
    plant.add('d1', 'w1');
    await plant.until(() => plant.store.row('d1').state === 'delivered');
    expect(plant.clock.now()).toBe(BEGIN);
    await plant.stop();
  });

  it('finds what is due without being woken', async () => {
    const plant = start({ pollMs: 1_000 });
    await plant.until(() => plant.store.claims > 0);
    plant.store.add(plant.delivery('d1', 'w1'), plant.clock.now());
    await plant.until(() => plant.store.row('d1').state === 'delivered');
    expect(plant.clock.now() - BEGIN).toBeLessThanOrEqual(1_000);
    await plant.stop();
  });

  it('sends what was claimed as it was committed without asking for it, and gives back what has no place', async () => {
    const plant = start({ concurrency: 2, send: async (_, clock) => clock.sleep(5_000).then(() => DELIVERED) });
    await plant.until(() => plant.store.claims > 0);
    const asked = plant.store.claims;
    plant.add('d1', 'w1', 'claimed');
    plant.add('d2', 'w2', 'claimed');
    plant.add('d3', 'w3', 'claimed');
    expect(plant.store.claims).toBe(asked);
    await plant.until(() => plant.store.row('d3').state === 'delivered');
    expect(plant.outcomes.length).toBe(3);
    expect(plant.clock.now()).toBe(BEGIN + 10_000);
    await plant.stop();
  });

  it('keeps the others going while one endpoint with a long queue is slow', async () => {
    const plant = start({
      concurrency: 2,
      send: async (delivery, clock) => {
        if (delivery.webhookId === 'slow') await clock.sleep(15_000);
        return DELIVERED;
      },
    });
    for (let n = 0; n < 20; n++) plant.add(`s${n}`, 'slow');
    for (let n = 0; n < 20; n++) plant.add(`f${n}`, 'fast');
    await plant.until(() => plant.store.row('f19').state === 'delivered');
    expect(plant.clock.now()).toBe(BEGIN);
    await plant.until(() => plant.store.row('s1').state === 'delivered');
    expect(plant.clock.now()).toBe(BEGIN + 30_000);
    await plant.stop();
  });

  it('follows the schedule and then gives a delivery up', async () => {
    const at: EpochMs[] = [];
    const plant = start({
      pollMs: 10_000,
      send: async (_delivery, clock) => {
        at.push(clock.now());
        return FAILED;
      },
    });
    plant.add('d1', 'w1');
    await plant.until(() => plant.store.row('d1').state === 'dead');
    expect(plant.store.row('d1')).toMatchObject({
      attempts: MOST_ATTEMPTS,
      status: 500,
      reason: 'answered 500',
      nextAt: null,
    });
    at.slice(1).forEach((time, index) => {
      const waited = time - (at[index] ?? 0);
      expect(waited).toBeGreaterThanOrEqual(nextAttemptMs(index + 1, () => 0.5) ?? 0);
      expect(waited).toBeLessThanOrEqual((nextAttemptMs(index + 1, () => 0.5) ?? 0) + 10_000);
    });
    await plant.stop();
  });

  it('waits longer than the schedule when the receiver asks for it', async () => {
    const plant = start({ send: async () => ({ ...FAILED, retryAfterMs: 600_000 }) });
    plant.add('d1', 'w1');
    await plant.until(() => plant.store.row('d1').attempts === 1);
    expect(plant.store.row('d1').nextAt).toBe(BEGIN + 600_000);
    await plant.stop();
  });

  it('switches an endpoint off that is gone', async () => {
    const plant = start({ send: async () => ({ kind: 'gone', status: 410, reason: 'answered 410 Gone' }) });
    plant.add('d1', 'w1');
    await plant.until(() => plant.store.row('d1').state === 'dead');
    expect(plant.store.disabled).toEqual(new Map([['w1', 'answered 410 Gone']]));
    await plant.stop();
  });

  it('gives a blocked delivery up at once', async () => {
    const plant = start({ send: async () => ({ kind: 'dead', status: null, reason: 'blocked_address' }) });
    plant.add('d1', 'w1');
    await plant.until(() => plant.store.row('d1').state === 'dead');
    expect(plant.store.row('d1')).toMatchObject({ attempts: 1, reason: 'blocked_address' });
    await plant.stop();
  });

  it('goes on when the store comes back, and sends nothing twice', async () => {
    let sent = 0;
    const plant = start({
      send: async () => {
        sent++;
        return DELIVERED;
      },
    });
    plant.store.refuse(6); // the first claims
    plant.add('d1', 'w1');
    await plant.until(() => sent === 1);
    plant.store.refuse(3); // writing it down
    await plant.until(() => plant.store.row('d1').state === 'delivered');
    expect(sent).toBe(1);
    expect(plant.troubles.length).toBeGreaterThanOrEqual(6);
    await plant.stop();
  });

  it('sends again, under the same id, what a killed service had claimed', async () => {
    const plant = start({ send: async () => DELIVERED });
    plant.store.add(plant.delivery('d1', 'w1'), BEGIN);
    await plant.store.claimDue(BEGIN, 1, 60_000); // by a service that then died
    await plant.until(() => plant.store.row('d1').state === 'delivered');
    expect(plant.clock.now() - BEGIN).toBeGreaterThanOrEqual(60_000);
    expect(plant.clock.now() - BEGIN).toBeLessThanOrEqual(62_000);
    await plant.stop();
  });

  it('releases an attempt that its own stop broke off without counting it', async () => {
    const plant = start({
      send: (_delivery, clock, signal) =>
        clock
          .sleep(15_000, signal)
          .then(() => ({ kind: 'retry', status: null, reason: 'stopped', retryAfterMs: null })),
    });
    plant.add('d1', 'w1');
    await plant.until(() => plant.store.row('d1').claimedUntil > BEGIN);
    await plant.stop();
    expect(plant.store.row('d1')).toMatchObject({ state: 'pending', attempts: 0, nextAt: BEGIN, claimedUntil: 0 });
    expect(plant.outcomes).toEqual([]);
  });

  it.each(['sender', 'store'])('stops within a second although the %s never answers', async (broken) => {
    const store = createStore();
    store.add({ ...template, id: 'd1', webhookId: 'w1' }, 0);
    const stopper = new AbortController();
    let isAsked = false;
    const never = () => {
      isAsked = true;
      return new Promise<never>(() => undefined);
    };
    const running = runOutbox({
      store: broken === 'store' ? { ...store, claimDue: never } : store,
      sender: { send: never },
      clock: systemClock,
      random: () => 0.5,
      signal: stopper.signal,
      wake: () => () => undefined,
      onOutcome: () => undefined,
      onTrouble: () => undefined,
    });
    while (!isAsked) await turn();
    const startedAt = performance.now();
    stopper.abort();
    await running;
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('loses nothing, sends in order, and keeps its bounds, whatever endpoints and store do', async () => {
    const outcomes = fc.array(
      fc.constantFrom<DeliveryOutcome>(DELIVERED, FAILED, { ...FAILED, retryAfterMs: 3_600_000 }),
      {
        minLength: 10,
        maxLength: 10,
      },
    );
    const scripted = fc.record({ webhook: fc.nat({ max: 4 }), outcomes, tookMs: fc.nat({ max: 15_000 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(scripted, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat({ max: 5 }), { maxLength: 10 }),
        async (script, concurrency, refusals) => {
          const busy = new Set<string>();
          const firsts = new Map<string, string[]>();
          const plant = start({
            pollMs: 300_000,
            concurrency,
            send: async (delivery, clock) => {
              expect(busy.has(delivery.webhookId)).toBe(false);
              busy.add(delivery.webhookId);
              expect(busy.size).toBeLessThanOrEqual(concurrency);
              const entry = script[Number(delivery.id.slice(1))];
              if (delivery.attempts === 0) {
                firsts.set(delivery.webhookId, [...(firsts.get(delivery.webhookId) ?? []), delivery.id]);
              }
              await clock.sleep(entry?.tookMs ?? 0);
              busy.delete(delivery.webhookId);
              return entry?.outcomes[delivery.attempts] ?? DELIVERED;
            },
          });
          script.forEach((entry, n) => {
            plant.add(`d${n}`, `w${entry.webhook}`);
          });
          for (const count of refusals) {
            plant.store.refuse(count);
            await plant.until(() => plant.store.refusing() === 0);
          }
          await plant.until(() => script.every((_, n) => plant.store.row(`d${n}`).nextAt === null));
          script.forEach((entry, n) => {
            const row = plant.store.row(`d${n}`);
            const needed = entry.outcomes.indexOf(DELIVERED) + 1;
            expect(row).toMatchObject(
              needed > 0 ? { state: 'delivered', attempts: needed } : { state: 'dead', attempts: MOST_ATTEMPTS },
            );
          });
          for (const ids of firsts.values())
            expect(ids).toEqual([...ids].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))));
          expect(plant.troubles.every((trouble) => trouble === REFUSED)).toBe(true);
          await plant.stop();
        },
      ),
      { numRuns: 50 },
    );
  });
});

const template: DueDelivery = {
  id: '',
  webhookId: '',
  url: 'https://hooks.example/',
  secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw'],
  body: '{}',
  attempts: 0,
  createdAt: BEGIN,
};

const REFUSED = new Error('the database is away');

/** Runs an outbox on a clock of its own; `until` lets time pass, from one sleeper to the next, until something holds. */
function start(
  options: Partial<Pick<OutboxOptions, 'concurrency' | 'pollMs'>> & {
    send?: (delivery: DueDelivery, clock: Clock, signal?: AbortSignal) => Promise<DeliveryOutcome>;
  },
) {
  const { send = async () => DELIVERED, ...rest } = options;
  const store = createStore();
  const { clock, until } = createOwnTime();
  const stopper = new AbortController();
  const troubles: unknown[] = [];
  const outcomes: DeliveryOutcome[] = [];
  let ring: Parameters<OutboxOptions['wake']>[0] = () => undefined;
  const running = runOutbox({
    store,
    sender: { send: (delivery, _at, signal) => send(delivery, clock, signal) },
    clock,
    random: () => 0.5,
    signal: stopper.signal,
    wake: (listener) => {
      ring = listener;
      return () => undefined;
    },
    onOutcome: (_delivery, outcome) => outcomes.push(outcome),
    onTrouble: (error) => troubles.push(error),
    ...rest,
  });
  const delivery = (id: string, webhookId: string): DueDelivery => ({ ...template, id, webhookId });
  return {
    store,
    clock,
    until,
    troubles,
    outcomes,
    delivery,
    /** Commits a delivery and says so. */
    add: (id: string, webhookId: string, claimed?: 'claimed') => {
      store.add(delivery(id, webhookId), clock.now());
      if (claimed) store.row(id).claimedUntil = clock.now() + LEASE_MS;
      ring(claimed && [delivery(id, webhookId)]);
    },
    stop: async () => {
      stopper.abort();
      let isOver = false;
      void running.then(() => {
        isOver = true;
      });
      await until(() => isOver);
    },
  };
}

interface Row extends Omit<DueDelivery, 'attempts'>, Omit<DeliveryResult, 'at'> {
  claimedUntil: EpochMs;
}

/** An outbox store in memory, by its contract. */
function createStore() {
  const rows = new Map<string, Row>();
  const disabled = new Map<string, string>();
  let refusals = 0;
  const answer = () => {
    if (refusals === 0) return;
    refusals--;
    throw REFUSED;
  };
  const store = {
    claims: 0,
    disabled,
    refuse: (count: number) => {
      refusals = count;
    },
    refusing: () => refusals,
    row(id: string): Row {
      const row = rows.get(id);
      if (!row) throw new Error(`no delivery ${id}`);
      return row;
    },
    add(delivery: DueDelivery, at: EpochMs) {
      rows.set(delivery.id, { ...delivery, state: 'pending', status: null, reason: null, nextAt: at, claimedUntil: 0 });
    },
    async claimDue(at, limit, leaseMs) {
      store.claims++;
      answer();
      const all = [...rows.values()];
      const taken = new Set(all.filter((row) => row.claimedUntil > at).map((row) => row.webhookId));
      const due = all
        .filter((row) => row.nextAt !== null && row.nextAt <= at)
        .sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0));
      const claimed: Row[] = [];
      for (const row of due) {
        if (claimed.length === limit) break;
        if (taken.has(row.webhookId)) continue;
        taken.add(row.webhookId);
        row.claimedUntil = at + leaseMs;
        claimed.push(row);
      }
      return claimed.map((row) => ({ ...row }));
    },
    async finish(id, result) {
      answer();
      Object.assign(store.row(id), result, { claimedUntil: 0 });
    },
    async disableWebhook(webhookId, reason) {
      answer();
      disabled.set(webhookId, reason);
    },
  } satisfies OutboxStore & Record<string, unknown>;
  return store;
}

function createOwnTime() {
  let now = BEGIN;
  const sleepers = new Set<{ at: EpochMs; wakeUp: () => void }>();
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (ms <= 0 || signal?.aborted) return resolve();
        const sleeper = {
          at: now + ms,
          wakeUp: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wakeUp);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wakeUp, { once: true });
      }),
  };
  const until = async (holds: () => boolean) => {
    for (let steps = 0; steps < 2_000_000; steps++) {
      await turn(); // everything that can go on now has gone on
      if (holds()) return;
      let next: { at: EpochMs; wakeUp: () => void } | null = null;
      for (const sleeper of sleepers) if (next === null || sleeper.at < next.at) next = sleeper;
      if (next === null) continue;
      now = Math.max(now, next.at);
      next.wakeUp();
    }
    throw new Error('the condition never held');
  };
  return { clock, until };
}
