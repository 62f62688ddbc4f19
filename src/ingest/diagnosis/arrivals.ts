import type { EpochMs, Reading } from '../../model/reading.ts';
import type { ArrivalFacts } from './facts.ts';
import { median } from './median.ts';

const REMEMBERED = 16;

/** Knows when readings came and how old they were. */
export class Arrivals {
  readonly #pausesMs: number[] = [];
  readonly #delaysMs: number[] = [];
  #last: EpochMs | null = null;

  /** Takes one batch that was stored at `now`; `newest` as `newestOf` says. */
  add(newest: EpochMs | null, now: EpochMs): void {
    if (this.#last !== null) keep(this.#pausesMs, Math.max(0, now - this.#last));
    this.#last = now;
    if (newest !== null) keep(this.#delaysMs, now - newest);
  }

  /** What is known. */
  facts(): ArrivalFacts {
    return {
      last: this.#last,
      typicalPauseMs: median(this.#pausesMs),
      leastDelayMs: this.#delaysMs.length < REMEMBERED ? null : Math.min(...this.#delaysMs),
    };
  }
}

/** Time of the newest reading of a batch, `null` when all is history: what a device kept from earlier says nothing about its clock. */
export function newestOf(batch: readonly Reading[]): EpochMs | null {
  let newest = Number.NEGATIVE_INFINITY;
  for (const { at, historical } of batch) if (!historical && at > newest) newest = at;
  return Number.isFinite(newest) ? newest : null;
}

function keep(values: number[], value: number): void {
  values.push(value);
  if (values.length > REMEMBERED) values.shift();
}
