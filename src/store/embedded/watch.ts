import { systemClock } from '../../model/clock.ts';
import type { EmbeddedEvent } from './embedded.ts';

const LOOK_EVERY_MS = 500;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Brings the database back when it dies without having been asked to (out of memory, `kill -9`): no one else would.
 * Runs until `signal` aborts; never rejects.
 */
export async function keepRunning(options: {
  readonly isUp: () => Promise<boolean>;
  /** Starts it again at the same address. May throw: it is tried again, with longer and longer pauses. */
  readonly restart: () => Promise<void>;
  readonly log: (event: EmbeddedEvent) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { isUp, restart, log, signal } = options;
  for (;;) {
    await systemClock.sleep(LOOK_EVERY_MS, signal);
    if (signal.aborted) return;
    if (await isUp()) continue;
    log({ level: 'warn', message: 'the database went away, starting it again', fields: {} });
    let pauseMs = FIRST_PAUSE_MS;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await restart();
        break;
      } catch (error) {
        if (signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        log({
          level: 'warn',
          message: 'the database does not start, will retry',
          fields: { attempt, afterMs: pauseMs, reason },
        });
        await systemClock.sleep(pauseMs, signal);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }
}
