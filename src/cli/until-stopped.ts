/** Ends a command in order. */
export interface Stopping {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Resolves at the first SIGINT or SIGTERM. */
  readonly requested: Promise<void>;
}

const HARD_LIMIT_MS = 15_000;

/** Listens for Ctrl-C and SIGTERM; a second one, or 15 s, ends the process the hard way. */
export function untilStopped(): Stopping {
  const controller = new AbortController();
  const requested = new Promise<void>((resolve) => {
    const stop = () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
      setTimeout(() => {
        console.error('millwright: could not stop in order within 15 s');
        process.exit(1);
      }, HARD_LIMIT_MS).unref();
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
  return { signal: controller.signal, requested };
}
