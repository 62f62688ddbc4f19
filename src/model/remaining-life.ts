import type { EpochMs } from './reading.ts';

/** Remaining useful life: hours until the limit is reached, that 10, 50 and 90 % of such machines do not exceed. */
export interface RemainingLife {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

/** A remaining life as it was forecast: its hours count from `at`. */
export interface DatedLife extends RemainingLife {
  readonly at: EpochMs;
}
