import type { EpochMs } from '../adapter.ts';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** Remembers who failed and when to ask again: after 1 s, 2 s, 4 s … at most 30 s. Keys are bounded by the plant file. */
export class Backoff<K> {
  readonly #entries = new Map<K, { failures: number; retryAt: EpochMs }>();

  /** True until the next attempt is due. */
  isWaiting(key: K, now: EpochMs): boolean {
    const entry = this.#entries.get(key);
    if (!entry) return false;
    // A clock that was set back must not stretch the wait.
    return now < entry.retryAt && entry.retryAt - now <= LONGEST_WAIT_MS;
  }

  /** True from the first failure to the next success. */
  hasFailed(key: K): boolean {
    return this.#entries.has(key);
  }

  /** Counts a failure and doubles the wait. */
  failed(key: K, now: EpochMs): void {
    const failures = (this.#entries.get(key)?.failures ?? 0) + 1;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
    this.#entries.set(key, { failures, retryAt: now + waitMs });
  }

  /** Forgets the failures. */
  succeeded(key: K): void {
    this.#entries.delete(key);
  }
}
