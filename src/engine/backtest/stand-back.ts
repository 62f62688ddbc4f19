import { existsSync, readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Linux only: `PID/task/TID` of the thread that asks. */
const THIS_THREAD = '/proc/thread-self';
/** A tenth of the weight of other threads, where they want the same core. */
const NICENESS = 10;

/**
 * Lets every other thread and process go before the one that calls this, where the system knows priorities of threads: with two
 * cores, a back-test and the database under it take both, and the line would wait for its turn.
 */
export function standBack(niceness = NICENESS): void {
  if (!existsSync(THIS_THREAD)) return;
  const thread = Number(readlinkSync(THIS_THREAD).split('/').at(-1));
  setPriority(thread, Math.max(niceness, getPriority(thread))); // nobody may raise it
}
