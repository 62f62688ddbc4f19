/** Ends a command in order. */
export interface Stopping {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Resolves at the first SIGINT or SIGTERM. */
  readonly requested: Promise<void>;
}

const HARD_LIMIT_MS = 15_000;
/** A terminal tells everybody of Ctrl-C, and npm hands it on to us once more: that is no second one. */
const ECHO_MS = 500;

/** Listens for Ctrl-C, SIGTERM and what else is given; a second one half a second later, or 15 s, ends the process the hard way. */
export function untilStopped(also: readonly NodeJS.Signals[] = []): Stopping {
  const controller = new AbortController();
  let askedAt = 0;
  const requested = new Promise<void>((resolve) => {
    const stop = () => {
      if (controller.signal.aborted) {
        if (performance.now() - askedAt < ECHO_MS) return;
        process.exit(130);
      }
      askedAt = performance.now();
      controller.abort();
      setTimeout(() => {
        console.error('millwright: could not stop in order within 15 s');
        process.exit(1);
      }, HARD_LIMIT_MS).unref();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', ...also] as const) process.on(signal, stop);
  });
  return { signal: controller.signal, requested };
}
