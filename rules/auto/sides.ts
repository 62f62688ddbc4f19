import { WAVEFORM_UNITS } from '../../src/model/waveform.ts';
import type { Subject } from '../detector.ts';
import { TUNING } from './model.ts';

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
 * How many times as far as usual a residual may be where the tags that only explain are `deviation` widths from their middle: the
 * prediction error of a regression whose slopes are known from as many independent values as there are blocks of time (Draper & Smith,
 * Applied Regression Analysis, 1998, §3.1). 1 without such tags.
 */
export function extrapolation(sides: readonly Side[] | undefined, deviation: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < deviation.length; i++) if (sides?.[i] === 'none') squares += deviation[i]! ** 2;
  return Math.sqrt(1 + squares / TUNING.folds);
}
