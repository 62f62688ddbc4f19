/** Asks when it is wanted, one request at a time. */
export interface PacedAsk {
  /** Asks as soon as the pace allows. Wanted again before that, it is still asked once. */
  want(): void;
  /** Nothing is asked or told from now on. */
  stop(): void;
}

/**
 * Makes what asks with `ask` at most once every `everyMs` and never while an answer is under way, and hands answers to `tell`. A refusal is
 * not told: what was told last stays, and whoever wants it asks again.
 */
export function createPacedAsk<T>(
  ask: () => Promise<T>,
  { everyMs, tell }: { readonly everyMs: number; readonly tell: (answer: T) => void },
): PacedAsk {
  let isWanted = false;
  let isRunning = false;
  let isStopped = false;
  const askOnce = () =>
    ask().then(
      (answer) => isStopped || tell(answer),
      () => undefined,
    );
  async function run(): Promise<void> {
    isRunning = true;
    while (isWanted && !isStopped) {
      isWanted = false;
      await Promise.all([askOnce(), new Promise((done) => setTimeout(done, everyMs))]);
    }
    isRunning = false;
  }
  return {
    want() {
      isWanted = true;
      if (!isRunning) void run();
    },
    stop() {
      isStopped = true;
    },
  };
}
