import type { EpochMs, Reading } from '../../model/reading.ts';
import type { ArrivalFacts } from './facts.ts';
import { median } from './median.ts';

const REMEMBERED = 16;

/** What came: readings, or waveforms and thermal frames. */
export type Arrived = 'readings' | 'captures';

/** Knows when something came, and how old readings were. */
export class Arrivals {
  readonly #pausesMs: number[] = [];
  readonly #delaysMs: number[] = [];
  #last: EpochMs | null = null;
  #lastWhat: Arrived = 'readings';

  /** Takes one batch, or a capture, that was stored at `now`; `newest` as `newestOf` says. */
  add(newest: EpochMs | null, now: EpochMs, what: Arrived): void {
    this.#lastWhat = what;
    if (this.#last !== null) keep(this.#pausesMs, Math.max(0, now - this.#last));
    this.#last = now;
    if (newest !== null) keep(this.#delaysMs, now - newest);
  }

  /** What is known. */
  facts(): ArrivalFacts {
    return {
      last: this.#last,
      lastWhat: this.#lastWhat,
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
