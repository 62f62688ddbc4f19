import type { EpochMs } from '../../model/reading.ts';
import type { Streak } from './facts.ts';

/** Counts things that go on happening, by key. What pauses for longer than `pauseMs` is over and begins anew. */
export class Streaks {
  readonly #pauseMs: number;
  readonly #most: number;
  readonly #streaks = new Map<string, Streak>();

  /** At most `most` keys are kept; those that come later are left out until one is over. */
  constructor(options: { readonly pauseMs: number; readonly most: number }) {
    this.#pauseMs = options.pauseMs;
    this.#most = options.most;
  }

  /** Counts what happened `count` times at `now`. */
  add(key: string, now: EpochMs, count = 1): void {
    const streak = this.#streaks.get(key);
    if (streak && this.#goesOn(streak, now)) {
      this.#streaks.set(key, { count: streak.count + count, since: streak.since, last: now });
      return;
    }
    if (!streak && this.#streaks.size >= this.#most) this.#forgetOld(now);
    if (streak || this.#streaks.size < this.#most) this.#streaks.set(key, { count, since: now, last: now });
  }

  /** Ends them all. */
  clear(): void {
    this.#streaks.clear();
  }

  /** Those that go on at `now`. */
  at(now: EpochMs): ReadonlyMap<string, Streak> {
    return new Map([...this.#streaks].filter(([, streak]) => this.#goesOn(streak, now)));
  }

  #goesOn({ last }: Streak, now: EpochMs): boolean {
    return now - last <= this.#pauseMs;
  }

  #forgetOld(now: EpochMs): void {
    for (const [key, streak] of this.#streaks) if (!this.#goesOn(streak, now)) this.#streaks.delete(key);
  }
}
