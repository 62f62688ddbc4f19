import type { Clock } from '../model/clock.ts';

/** Lets a loop wait for "something happened, or it is time"; a ring while nobody waits is not lost. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, at once when one came since the last wait, or after `ms`. One waiter at a time. */
  wait(ms: number): Promise<void>;
}

/** Makes a bell that waits by this clock. */
export function createBell(clock: Clock): Bell {
  let isRung = false;
  let waiting: AbortController | null = null;
  return {
    ring() {
      isRung = true;
      waiting?.abort();
    },
    async wait(ms) {
      if (!isRung) {
        waiting = new AbortController();
        await clock.sleep(ms, waiting.signal);
        waiting = null;
      }
      isRung = false;
    },
  };
}
