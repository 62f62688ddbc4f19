import type { Log } from './log.ts';

/** Resolves when the log has something durable after `position`, or when `signal` aborts. */
export function waitForDurable(log: Log, position: number, signal: AbortSignal): Promise<void> {
  if (log.durable > position || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const stop = log.onDurable((durable) => {
      if (durable > position) done();
    });
    signal.addEventListener('abort', done, { once: true });
  });
}
