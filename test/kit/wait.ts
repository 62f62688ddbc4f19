import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than anything takes, also on a machine that is busy with something else: only what never comes is waited for so long. */
const PATIENCE_MS = 120_000;

/** Waits until `probe` gives something, asking every 100 ms; fails with `what` after `withinMs`. */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  withinMs = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let last: unknown = null;
  for (;;) {
    try {
      const found = await probe();
      if (found !== null && found !== undefined && found !== false) return found;
      last = null;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for: ${what}`, { cause: last });
    await sleep(100);
  }
}
