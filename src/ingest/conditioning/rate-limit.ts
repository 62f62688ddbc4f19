import type { MaxRate } from '../../model/plant.ts';
import type { EpochMs } from '../../model/reading.ts';

interface Window {
  index: number;
  count: number;
}

/**
 * Holds a mad sensor back: of each tag with a `maxRate` at most that many readings in any second (minute, hour) of their own
 * time, the first ones. Their own time, as a gateway that was cut off brings an hour of good readings at once. State is one
 * window a tag.
 */
export class RateLimits {
  readonly #windows = new Map<string, Window>();

  /** Whether a tag may have one more reading at `at`; counts it if so. */
  admits(tag: string, { count, perMs }: MaxRate, at: EpochMs): boolean {
    const index = Math.floor(at / perMs);
    const window = this.#windows.get(tag);
    if (!window) this.#windows.set(tag, { index, count: 1 });
    else if (window.index !== index) Object.assign(window, { index, count: 1 });
    else if (window.count >= count) return false;
    else window.count++;
    return true;
  }

  /** Begins these tags anew: what was counted was not logged, and comes again. */
  forget(tags: Iterable<string>): void {
    for (const tag of tags) this.#windows.delete(tag);
  }
}
