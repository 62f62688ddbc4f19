import type { Clock } from '../model/clock.ts';

/** What asks the database may be held up by a statement of 15 s; whoever stops a container kills it after 10. */
const PATIENCE_MS = 1_000;

/** Waits at the stop for jobs that are done again after the next start: not for longer than a second. */
export async function waitForLastJobs(jobs: readonly Promise<unknown>[], clock: Clock): Promise<void> {
  const done = new AbortController();
  await Promise.race([Promise.all(jobs), clock.sleep(PATIENCE_MS, done.signal)]);
  done.abort();
}
