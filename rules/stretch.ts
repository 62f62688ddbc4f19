import type { EpochMs } from './detector.ts';

/** Sums and counts of the inputs of a detector in the stretch of time that is not over. Plain data. */
export interface Stretch {
  from: EpochMs;
  sums: number[];
  counts: number[];
}

/** Nothing has come yet. */
export function startStretch(): Stretch {
  return { from: 0, sums: [], counts: [] };
}

/** The mean of each input when the stretch of `every` ms was over before `at`, and `null` while it is not. NaN: nothing came. */
export function endStretch(stretch: Stretch, at: EpochMs, every: number): Float64Array | null {
  if (stretch.counts.length === 0 || at - stretch.from < every) return null;
  const means = Float64Array.from(stretch.sums, (sum, i) => sum / stretch.counts[i]!);
  stretch.counts = [];
  return means;
}

/** Adds the inputs of one time; what is no number is left out. Begins a stretch where there is none. */
export function addToStretch(stretch: Stretch, at: EpochMs, inputs: Float64Array, every: number): void {
  if (stretch.counts.length === 0) {
    // on the clock's own grid, so that an engine that starts again cuts the same stretches
    stretch.from = Math.floor(at / every) * every;
    stretch.sums = new Array<number>(inputs.length).fill(0);
    stretch.counts = new Array<number>(inputs.length).fill(0);
  }
  for (let i = 0; i < inputs.length; i++) {
    if (!Number.isFinite(inputs[i]!)) continue;
    stretch.sums[i]! += inputs[i]!;
    stretch.counts[i]!++;
  }
}
