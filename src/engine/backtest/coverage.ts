import type { EpochMs } from '../../model/reading.ts';
import type { HistoryRows } from './replay.ts';

/** Where no tag has a reading for longer than this there is no history: a quiet tag is logged once a minute all the same. */
export const HOLE_MS = 10 * 60_000;

/** What of the time asked for has history, and of which tags. Costs some ns a row. */
export class Coverage {
  /** Time with history since `from`, ms: all but the holes. */
  coveredMs = 0;
  /** Of the newest row; `null` before the first. */
  lastAt: EpochMs | null = null;
  readonly #from: EpochMs;
  readonly #seen: Uint8Array;

  constructor({ from, tagIds }: { readonly from: EpochMs; readonly tagIds: readonly number[] }) {
    this.#from = from;
    this.#seen = new Uint8Array(tagIds.reduce((most, id) => Math.max(most, id), 0) + 1);
  }

  /** Takes the next rows, by time. */
  rows({ tagId, at }: Pick<HistoryRows, 'tagId' | 'at'>): void {
    let last = this.lastAt ?? Number.NEGATIVE_INFINITY;
    for (let i = 0; i < at.length; i++) {
      const time = at[i]!;
      this.#seen[tagId[i]!] = 1;
      if (time > last && time - last <= HOLE_MS && time > this.#from)
        this.coveredMs += time - Math.max(last, this.#from);
      last = time;
    }
    if (at.length > 0) this.lastAt = last;
  }

  /** Whether a tag had a reading. */
  has(tagId: number): boolean {
    return this.#seen[tagId] === 1;
  }
}
