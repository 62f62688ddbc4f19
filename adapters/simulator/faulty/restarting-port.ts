import { setTimeout as wait } from 'node:timers/promises';
import type { LoopbackPort } from '../devices/loopback.ts';

const RESTART_MS = 2_000;

/** A port that goes away for 2 s whenever it is told to, as a device that restarts does. */
export interface RestartingPort {
  /** While it is away already, nothing more. */
  restart(): void;
  /** Ends the restart that is under way, and closes the port. */
  stop(): Promise<void>;
}

/** Lets a port restart. */
export function restarting(link: LoopbackPort): RestartingPort {
  const stopping = new AbortController();
  let underWay: Promise<void> | null = null;
  const restart = async () => {
    await link.close();
    await wait(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // ends early when stopped
    if (!stopping.signal.aborted) await link.reopen(stopping.signal);
    underWay = null;
  };
  return {
    restart: () => {
      underWay ??= restart();
    },
    stop: async () => {
      stopping.abort();
      await underWay;
      await link.close();
    },
  };
}
