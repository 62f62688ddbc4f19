import type { EpochMs, Reading } from '../../model/reading.ts';
import type { ArrivalFacts } from './facts.ts';
import { median } from './median.ts';

const REMEMBERED = 16;

/** Knows when readings came and how old they were. */
export class Arrivals {
  readonly #pausesMs: number[] = [];
  readonly #delaysMs: number[] = [];
  #last: EpochMs | null = null;

  /** Takes one batch that was stored at `now`. What a device kept from earlier says nothing about its clock. */
  add(batch: readonly Reading[], now: EpochMs): void {
    if (batch.length === 0) return;
    if (this.#last !== null) keep(this.#pausesMs, Math.max(0, now - this.#last));
    this.#last = now;
    let newest = Number.NEGATIVE_INFINITY;
    for (const { at, historical } of batch) if (!historical && at > newest) newest = at;
    if (Number.isFinite(newest)) keep(this.#delaysMs, now - newest);
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

function keep(values: number[], value: number): void {
  values.push(value);
  if (values.length > REMEMBERED) values.shift();
}
