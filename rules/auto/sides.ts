import { WAVEFORM_UNITS } from '../../src/model/waveform.ts';
import type { Subject } from '../detector.ts';
import { levelBound } from './levels.ts';
import { type Model, SCALES, TUNING } from './model.ts';

/** What of a channel counts: being away from its normal to either side, above it only, or nothing, as it is there to explain others. */
export type Side = 'both' | 'high' | 'none';

/** Units of vibration. A machine that shakes less than before has been cleaned, balanced or greased: wear makes it louder. */
const VIBRATION: ReadonlySet<string> = new Set(WAVEFORM_UNITS.filter((unit) => unit !== 'g')); // of a tag that is a gram

/** What of each channel counts. */
export function sidesOf({ inputs = [] }: Subject, channels: number): readonly Side[] {
  return Array.from({ length: channels }, (_, i) => {
    const { unit = '', isGiven = false } = inputs[i] ?? {};
    return isGiven ? 'none' : VIBRATION.has(unit) ? 'high' : 'both';
  });
}

/** How far a channel is away, 0 where that does not count. */
export function awayOf(sides: readonly Side[] | undefined, channel: number, value: number): number {
  switch (sides?.[channel] ?? 'both') {
    case 'both':
      return Math.abs(value);
    case 'high':
      return Math.max(0, value);
    case 'none':
      return 0;
  }
}

/**
 * Of channels of which only a rise counts and which have fallen: puts what the others predict in place of the reading, in the residuals of the
 * others. They would seem to be as much too high as a machine that was balanced shakes less.
 */
export function leaveOutFallen(model: Model, residual: Float64Array): void {
  for (let j = 0; j < residual.length; j++) {
    if (model.sides?.[j] !== 'high' || residual[j]! >= 0 || !hasFallen(model, j)) continue;
    const fall = residual[j]! / model.adjust[j]![j]!;
    for (let i = 0; i < residual.length; i++) if (i !== j) residual[i]! -= model.adjust[i]![j]! * fall;
  }
}

/** Whether a chart of the channel is below what was learnt by more than it strays. */
function hasFallen({ level, smoothed, sigma, wanders, levels, limit }: Model, channel: number): boolean {
  const followed = wanders[channel] && levels ? levelBound(levels, channel, limit) : 0;
  return SCALES.some((_, k) => {
    const spread = sigma[k]![channel]!;
    return spread > 0 && level[channel]! + smoothed[k]![channel]! < -TUNING.fallen * spread - followed;
  });
}

/**
 * How many times as far as usual a residual may be where the tags that only explain are `deviation` widths from their middle: the
 * prediction error of a regression whose slopes are known from as many independent values as there are blocks of time (Draper & Smith,
 * Applied Regression Analysis, 1998, §3.1). 1 without such tags.
 */
export function extrapolation(sides: readonly Side[] | undefined, deviation: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < deviation.length; i++) if (sides?.[i] === 'none') squares += deviation[i]! ** 2;
  return Math.sqrt(1 + squares / TUNING.folds);
}
