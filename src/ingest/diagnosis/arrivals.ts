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
  #correctedMs = 0;
  #last: EpochMs | null = null;
  #lastWhat: Arrived = 'readings';

  /** Takes one batch, or a capture, that was stored at `now`; `newest` as `newestOf` says, and `correctedMs` as the facts say. */
  add(newest: EpochMs | null, now: EpochMs, what: Arrived, correctedMs = 0): void {
    this.#lastWhat = what;
    if (what === 'readings') this.#correctedMs = correctedMs;
    if (this.#last !== null) keep(this.#pausesMs, Math.max(0, now - this.#last));
    this.#last = now;
    this.refuse(newest === null ? null : newest - correctedMs, now);
  }

  /** Takes one batch that was refused for its times at `now`: nothing came, but its clock was seen. */
  refuse(newest: EpochMs | null, now: EpochMs): void {
    if (newest !== null) keep(this.#delaysMs, now - newest);
  }

  /** What is known. */
  facts(): ArrivalFacts {
    return {
      last: this.#last,
      lastWhat: this.#lastWhat,
      typicalPauseMs: median(this.#pausesMs),
      leastDelayMs: this.#delaysMs.length < REMEMBERED ? null : Math.min(...this.#delaysMs),
      correctedMs: this.#correctedMs,
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
