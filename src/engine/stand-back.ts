import { existsSync, readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Linux only: `PID/task/TID` of the thread that asks. */
const THIS_THREAD = '/proc/thread-self';

/** How far a thread stands back: `setPriority` of the thread, as `nice` counts. */
export const Niceness = {
  /** A third of the weight of the thread that answers, where both want the same core: a rule may wait a millisecond for it. */
  engine: 5,
  /** A tenth: with two cores, a back-test and the database under it take both, and the line would wait for its turn. */
  backtest: 10,
} as const;

/** Lets the other threads go before the one that calls this, where the system knows priorities of threads. */
export function standBack(niceness: number): void {
  if (!existsSync(THIS_THREAD)) return;
  const thread = Number(readlinkSync(THIS_THREAD).split('/').at(-1));
  setPriority(thread, Math.max(niceness, getPriority(thread))); // nobody may raise it
}
