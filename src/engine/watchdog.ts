/** What the engine's thread tells about what it is doing, in memory that both threads see. */
export type RunningWatch = Int32Array;

/** Number of the watch that is being judged, from 1; 0 between two records. */
const WATCH = 0;
/** Counts what was judged. */
const COUNT = 1;

/** Memory for one thread. */
export function createRunningWatch(): RunningWatch {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Says that a watch is judged from now on. Plain stores: they are seen soon enough, and cost nothing. */
export function begin(running: RunningWatch, watch: number): void {
  running[WATCH] = watch + 1;
  running[COUNT]!++; // wraps
}

/** Says that nothing is judged. */
export function rest(running: RunningWatch): void {
  running[WATCH] = 0;
}

/** The watch that is being judged, `null` when none is. */
export function runningWatch(running: RunningWatch): number | null {
  const watch = Atomics.load(running, WATCH);
  return watch === 0 ? null : watch - 1;
}

/** A watch that holds everything up, and how. */
export interface Overrun {
  readonly watch: number;
  readonly reason: string;
}

export const LOOK_EVERY_MS = 100;
/** What takes so long for one reading does not end, or should not be waited for. */
const STUCK_MS = 500;
/** A detector that needs longer than this on average for a second holds up all others. */
const SLOW_MS = 10;
const SLOW_FOR_LOOKS = 10;

/**
 * Looks from another thread, every `LOOK_EVERY_MS`, at what the engine is doing: a loop without end can't be told from
 * within. Counts in looks, not by the clock: when the whole machine stands still, nobody is to blame.
 */
export class Watchdog {
  readonly #running: RunningWatch;
  #watch: number | null = null;
  #count = 0;
  #stuckFor = 0;
  #slowFor = 0;

  constructor(running: RunningWatch) {
    this.#running = running;
  }

  /** To be called every `LOOK_EVERY_MS`: says which watch overruns, if one does. */
  look(): Overrun | null {
    const watch = runningWatch(this.#running);
    const count = Atomics.load(this.#running, COUNT);
    const judged = (count - this.#count) | 0;
    const isSame = watch !== null && watch === this.#watch;
    this.#stuckFor = isSame && judged === 0 ? this.#stuckFor + 1 : 0;
    this.#slowFor = isSame && judged < LOOK_EVERY_MS / SLOW_MS ? this.#slowFor + 1 : 0;
    this.#watch = watch;
    this.#count = count;
    if (watch === null) return null;
    if (this.#stuckFor * LOOK_EVERY_MS >= STUCK_MS) {
      return { watch, reason: `it had not finished with one reading after ${STUCK_MS} ms` };
    }
    if (this.#slowFor >= SLOW_FOR_LOOKS) return { watch, reason: `it needs more than ${SLOW_MS} ms for each reading` };
    return null;
  }
}
