import { describe, expect, test } from 'vitest';
import { StoreError } from '../../src/model/errors.ts';
import { type AdapterContext, deliverScan, type Reading } from '../adapter.ts';

const batch: Reading[] = ['a', 'b', 'c'].map((tag) => ({ tag, at: 1, value: 1, quality: 'good' }));

function context(sink: () => Promise<void>, tookMs: number) {
  let now = 0;
  const discarded: [string, number][] = [];
  const ctx: AdapterContext = {
    sink: async () => {
      now += tookMs;
      await sink();
      return { accepted: 3, rejected: [] };
    },
    clock: { now: () => now, sleep: async () => undefined },
    signal: new AbortController().signal,
    connected: () => undefined,
    discard: (reason, count) => discarded.push([reason, count]),
    observe: () => undefined,
    directory: 'unused',
    lastStored: () => null,
    waveform: async () => null,
    frame: async () => null,
    event: async () => undefined,
  };
  return { ctx, discarded };
}

describe('a scan and a full log', () => {
  test('a refused scan is skipped and the link stays', async () => {
    const { ctx, discarded } = context(() => Promise.reject(new StoreError('log_full', 'full')), 0);
    await deliverScan(batch, 100, ctx);
    expect(discarded).toEqual([]); // the intake has counted it
  });

  test('scans that fall due while one waits for room are counted', async () => {
    const { ctx, discarded } = context(() => Promise.resolve(), 350);
    await deliverScan(batch, 100, ctx);
    expect(discarded).toEqual([['log_full', 9]]);
  });

  test('a log that is closed ends the run', async () => {
    const { ctx } = context(() => Promise.reject(new StoreError('log_closed', 'closed')), 0);
    await expect(deliverScan(batch, 100, ctx)).rejects.toMatchObject({ code: 'log_closed' });
  });
});
