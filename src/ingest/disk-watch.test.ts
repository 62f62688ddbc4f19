import { describe, expect, it } from 'vitest';
import type { Clock } from '../model/clock.ts';
import { measureDisk } from '../store/disk.ts';
import { DiskWatch } from './disk-watch.ts';

/** Lets the watch see one value after the other, `null` for a failure; what it told, and what it said after each. */
async function watch(values: readonly (number | null)[]) {
  const told: string[] = [];
  const filling: (boolean | undefined)[] = [];
  const stop = new AbortController();
  const watched = new DiskWatch();
  let look = 0;
  const clock: Clock = {
    now: () => 0,
    sleep: async () => {
      filling.push(watched.disk?.filling);
      if (++look === values.length) stop.abort();
    },
  };
  await watched.run({
    measure: async () => {
      const used = values[look];
      if (used === null || used === undefined) throw new Error('gone');
      return { holds: 'readings log', used, freeBytes: 1 };
    },
    clock,
    signal: stop.signal,
    onLook: () => undefined,
    onCrossing: ({ used }, what) => told.push(`${what} at ${used}`),
    onFailure: () => told.push('cannot see it'),
  });
  return { told, filling };
}

describe('the disk watch', () => {
  it('warns once when a disk crosses 80 %, and again only after there was room', async () => {
    const { told, filling } = await watch([0.5, 0.81, 0.79, 0.9, 0.7, 0.85]);
    expect(told).toEqual(['filling at 0.81', 'room again at 0.7', 'filling at 0.85']);
    expect(filling).toEqual([false, true, true, true, false, true]);
  });

  it('keeps what it knew while it cannot look', async () => {
    const { told, filling } = await watch([0.9, null, null, 0.9]);
    expect(told).toEqual(['filling at 0.9', 'cannot see it']);
    expect(filling).toEqual([true, true, true, true]);
  });

  it('measures a real disk', async () => {
    const { used, freeBytes } = await measureDisk('readings log', import.meta.dirname);
    expect(used).toBeGreaterThan(0);
    expect(used).toBeLessThan(1);
    expect(freeBytes).toBeGreaterThan(0);
  });

  it('fails on a folder that is not there', async () => {
    await expect(measureDisk('x', '/nowhere/at/all')).rejects.toThrow(/ENOENT/);
  });
});
