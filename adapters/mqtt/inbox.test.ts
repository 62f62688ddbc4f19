import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reading, SinkOutcome } from '../adapter.ts';
import { Inbox, type Received } from './inbox.ts';

interface Call {
  readonly values: (number | null)[];
  resolve(): void;
  reject(cause: unknown): void;
}

/** An inbox whose calls of `sink` the test settles by hand. */
function opened(inFlight = 500) {
  const calls: Call[] = [];
  const acknowledged: number[] = [];
  const failures: unknown[] = [];
  const discarded: number[] = [];
  const inbox = new Inbox({
    sink: (batch) =>
      new Promise<SinkOutcome>((resolve, reject) => {
        const values = batch.map(({ value }) => value);
        calls.push({ values, resolve: () => resolve({ accepted: batch.length, rejected: [] }), reject });
      }),
    waveform: () => new Promise((resolve, reject) => calls.push({ values: [], resolve: () => resolve(null), reject })),
    discard: (_, count) => discarded.push(count),
    acknowledge: (ids) => acknowledged.push(...ids),
    fail: (cause) => failures.push(cause),
    inFlight,
  });
  return { inbox, calls, acknowledged, failures, discarded };
}

const reading = (value: number): Reading => ({ tag: 'm.a', at: value, value, quality: 'good' });
const message = (id: number, count = 1, bytes = 10): Received => ({
  messageId: id,
  readings: Array.from({ length: count }, () => reading(id)),
  bytes,
});
const unconfirmed = (id: number): Received => ({ ...message(id), messageId: null });
const nothing = () => {};

describe('the inbox', () => {
  it('acknowledges every message once, in the order of receipt, in whatever order they are stored', async () => {
    const arrivals = fc.array(fc.array(fc.nat({ max: 2 }), { maxLength: 6 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(arrivals, fc.infiniteStream(fc.nat()), async (turns, choices) => {
        const { inbox, calls, acknowledged } = opened();
        const notStored = new Set<number>();
        let id = 0;
        for (const turn of turns) {
          for (const count of turn) {
            id += 1;
            if (count > 0) notStored.add(id);
            inbox.put(message(id, count), nothing);
          }
          await setImmediate();
        }
        const pending = new Set(calls);
        while (pending.size > 0) {
          const next = [...pending][choices.next().value! % pending.size]!;
          pending.delete(next);
          const known = calls.length;
          for (const value of next.values) notStored.delete(Number(value));
          next.resolve();
          await setImmediate();
          expect(acknowledged.filter((stored) => notStored.has(stored))).toEqual([]);
          for (const call of calls.slice(known)) pending.add(call);
          expect(acknowledged).toEqual(Array.from({ length: acknowledged.length }, (_, index) => index + 1));
        }
        expect(acknowledged).toHaveLength(id);
      }),
      { numRuns: 100 },
    );
  });

  it('acknowledges nothing after a failure, and says it once', async () => {
    const { inbox, calls, acknowledged, failures } = opened();
    for (const id of [1, 2, 3]) {
      inbox.put(message(id), nothing);
      await setImmediate();
    }
    calls[1]?.reject(new Error('full'));
    await setImmediate();
    calls[0]?.resolve();
    calls[2]?.reject(new Error('full'));
    await setImmediate();
    expect(acknowledged).toEqual([]);
    expect(failures).toHaveLength(1);
    expect(inbox.isOpen).toBe(false);
  });

  it('counts messages without a second chance that a failure costs', async () => {
    const { inbox, calls, discarded } = opened();
    inbox.put(unconfirmed(1), nothing);
    await setImmediate();
    inbox.put(unconfirmed(2), nothing);
    calls[0]?.reject(new Error('full'));
    await setImmediate();
    expect(discarded).toEqual([1, 1]);
  });

  it('asks for the next message only when there is room again', async () => {
    const { inbox, calls } = opened(2);
    let asked = 0;
    for (const id of [1, 2, 3]) inbox.put(message(id), () => asked++);
    expect([asked, inbox.isBlocked]).toEqual([2, true]);
    await setImmediate();
    calls[0]?.resolve();
    await setImmediate();
    expect([asked, inbox.isBlocked]).toEqual([3, false]);
  });

  it('is full when the payloads are large, however few they are', async () => {
    const { inbox, calls } = opened();
    let asked = 0;
    inbox.put(message(1, 1, 40 * 1024 * 1024), () => asked++);
    expect(asked).toBe(0);
    await setImmediate();
    calls[0]?.resolve();
    await setImmediate();
    expect(asked).toBe(1);
  });

  it('has a bounded number of calls and of readings in each', async () => {
    const { inbox, calls } = opened(2_000);
    for (let id = 1; id <= 30; id++) inbox.put(message(id, 1_000), nothing);
    await setImmediate();
    expect(calls.map(({ values }) => values.length)).toEqual([5_000, 5_000, 5_000, 5_000, 5_000, 5_000]);
    for (let id = 31; id <= 45; id++) {
      inbox.put(message(id), nothing);
      await setImmediate();
    }
    expect(calls).toHaveLength(8);
    calls[0]?.resolve();
    await setImmediate();
    expect(calls.at(-1)?.values).toEqual(Array.from({ length: 13 }, (_, n) => 33 + n));
  });

  it('drains: stores what it has, takes nothing more', async () => {
    const { inbox, calls, acknowledged } = opened();
    inbox.put(message(1), nothing);
    let isDrained = false;
    const drained = inbox.drain().then(() => {
      isDrained = true;
    });
    inbox.put(message(2), nothing);
    await setImmediate();
    expect(isDrained).toBe(false);
    calls[0]?.resolve();
    await drained;
    expect(acknowledged).toEqual([1]);
    expect(calls).toHaveLength(1);
  });

  it('acknowledges a waveform when it is durable, in its order among the readings', async () => {
    const { inbox, calls, acknowledged } = opened();
    const waveform = { tag: 'a.b', at: 1, rateHz: 1, unit: 'g', samples: Float32Array.of(1) };
    inbox.put({ messageId: 1, readings: [], waveforms: [waveform], bytes: 4 }, () => undefined);
    await setImmediate();
    expect(calls).toHaveLength(1);
    inbox.put({ messageId: 2, readings: [], bytes: 1 }, () => undefined);
    expect(acknowledged).toEqual([]);
    calls[0]!.resolve();
    await setImmediate();
    expect(acknowledged).toEqual([1, 2]);
  });
});
