import { measureWander } from '../math/allan-variance.ts';
import { clip } from '../math/robust.ts';
import { TUNING } from './model.ts';
import { awayOf, type Side } from './sides.ts';

/**
 * Chart of sudden shifts: the mean of the latest readings beside the mean of those before. A fault that comes at once shows
 * here long before it is far from a level that drifts. Every list has one number for each channel, in units of the residual.
 */
export interface Steps {
  /** Residual smoothed over the latest `TUNING.stepReadings`. */
  readonly fast: number[];
  /** Residual smoothed over the `TUNING.stepMemory` before; stands still while `fast` is away from it. */
  readonly slow: number[];
  /** The same without ever standing still: what the next shift is told by. */
  readonly recent: number[];
  /** Standard deviation of `fast - slow` while nothing happens. */
  readonly sigma: number[];
  /**
   * The channel has a level from which it can shift: it does not move faster than the mean is taken (its local-level model
   * forgets no sooner, Harvey 1989, §2.1). One that has none makes no alarm here.
   */
  readonly holds: boolean[];
  /** A shift was told of, and the means have not come together since. */
  readonly isShifting: boolean[];
  /** Readings since a change was told of: one that shows on many channels and ends in an alarm is one. */
  sinceChange: number;
}

/** What one reading means to the chart. */
export interface StepSeen {
  /** By channel, how far it went away from its level as a share of the limit. */
  readonly ratios: Float64Array;
  /** Of the farthest channel. */
  readonly ratio: number;
  readonly channel: number;
  /** With this reading a channel has shifted, in whichever direction. */
  readonly isShift: boolean;
}

/** Learns the chart from residuals of a machine that is taken to be well, by channel. */
export function fitSteps(residuals: readonly Float64Array[]): Steps {
  const steps: Steps = {
    fast: [],
    slow: [],
    recent: [],
    sigma: [],
    holds: [],
    isShifting: [],
    sinceChange: TUNING.stepReadings,
  };
  for (const values of residuals) {
    let fast = values[0] ?? 0;
    let slow = fast;
    let squares = 0;
    for (const [at, value] of values.entries()) {
      fast += (value - fast) / TUNING.stepReadings;
      slow += (value - slow) / TUNING.stepMemory;
      if (at >= TUNING.stepMemory) squares += (fast - slow) ** 2;
    }
    steps.fast.push(fast);
    steps.slow.push(slow);
    steps.isShifting.push(false);
    steps.recent.push(slow);
    steps.sigma.push(Math.sqrt(squares / Math.max(1, values.length - TUNING.stepMemory)));
    steps.holds.push(measureWander(values).memory >= TUNING.stepReadings);
  }
  return steps;
}

/**
 * Moves the chart on by one reading. `level` is where each channel normally is: a shift towards it is a return and counts
 * for nothing but `isShift`. `readings` is the memory in which a shift that stays becomes normal.
 */
export function advanceSteps(
  steps: Steps,
  residual: Float64Array,
  {
    level,
    limit,
    readings,
    isAlarm,
    sides,
    leastOf = () => 0,
  }: {
    level: readonly number[];
    limit: number;
    readings: number;
    isAlarm: boolean;
    sides?: readonly Side[] | undefined;
    /** How far a channel must be away to count, as a residual. */
    leastOf?: (channel: number) => number;
  },
): StepSeen {
  const ratios = new Float64Array(residual.length);
  let channel = 0;
  let isShift = false;
  for (let i = 0; i < residual.length; i++) {
    const value = residual[i]!;
    steps.fast[i]! += (value - steps.fast[i]!) / TUNING.stepReadings;
    steps.recent[i]! += (value - steps.recent[i]!) / TUNING.stepMemory;
    const sigma = steps.sigma[i]!;
    if (sigma === 0 || sides?.[i] === 'none') continue; // it did not move while it was learnt, or only explains
    const fast = steps.fast[i]!;
    const shift = fast - steps.slow[i]!;
    const counts = steps.holds[i] && awayOf(sides, i, shift) > 0;
    const bound = Math.max(limit * sigma, leastOf(i));
    const ratio = counts ? outward(shift, fast - level[i]!) / bound : 0;
    ratios[i] = ratio;
    if (ratio > ratios[channel]!) channel = i;
    const apart = Math.abs(fast - steps.recent[i]!) / bound;
    if (apart > 1 && !steps.isShifting[i]) isShift = true;
    steps.isShifting[i] = apart > (steps.isShifting[i] ? TUNING.release : 1);
    const memory = ratio > TUNING.gate ? TUNING.stepAccept * readings : TUNING.stepMemory;
    steps.slow[i]! += (value - steps.slow[i]!) / memory;
    if (!isAlarm && ratio < 1) {
      const share = clip(shift / sigma, 3);
      steps.sigma[i]! *= Math.exp((share * share - 1) / (2 * TUNING.widthMemory * readings));
    }
  }
  return { ratios, ratio: ratios[channel] ?? 0, channel, isShift };
}

/** How far a shift goes beyond what the level explains; 0 when it goes towards the level. */
function outward(shift: number, fromLevel: number): number {
  return shift > 0 === fromLevel > 0 ? Math.min(Math.abs(shift), Math.abs(fromLevel)) : 0;
}
