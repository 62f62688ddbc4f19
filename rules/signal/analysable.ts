import { standardise } from './units.ts';

/** Why a waveform says nothing, in a word that can be counted and a sentence for a person. */
export interface Unanalysable {
  readonly code: 'invalid_rate' | 'invalid_unit' | 'invalid_size' | 'too_large' | 'not_finite' | 'clipped' | 'dead';
  readonly reason: string;
}

/** A vibration signal slower than this holds no machine; faster than this no accelerometer samples. */
export const RATE_LIMITS_HZ = { lowest: 16, highest: 1_000_000 } as const;
/** Fewer samples give no spectrum of use. */
export const MIN_SAMPLES = 256;
export const MAX_SAMPLES = 1_048_576;
/**
 * So many samples in a row at the largest value are a converter at its end: a sine through the top of its range stays within
 * one of 65,536 steps of it for at most 2·acos(1 − 2⁻¹⁵)/2π = 0.25 % of its period, so that eight in a row would need 3,200
 * samples a period.
 */
const CLIPPED_RUN = 8;
/** A single clipped impact bends no feature much; this share of all samples does. */
const CLIPPED_SHARE = 0.001;

/** Says why a waveform can't be analysed, `null` when it can. O(n). */
export function refuseToAnalyse(
  samples: ArrayLike<number>,
  { rateHz, unit }: { readonly rateHz: number; readonly unit: string },
): Unanalysable | null {
  const { lowest, highest } = RATE_LIMITS_HZ;
  if (!(rateHz >= lowest && rateHz <= highest))
    return {
      code: 'invalid_rate',
      reason: `${rateHz} samples a second: a vibration is sampled at ${lowest} to ${highest} Hz`,
    };
  if (standardise([], unit) === null)
    return {
      code: 'invalid_unit',
      reason: `unit ${JSON.stringify(unit.slice(0, 50))} is none of m/s2, g, [g], mm/s, [in_i]/s: it is never guessed`,
    };
  if (samples.length < MIN_SAMPLES)
    return { code: 'invalid_size', reason: `${samples.length} samples: at least ${MIN_SAMPLES} are needed` };
  if (samples.length > MAX_SAMPLES)
    return { code: 'too_large', reason: `${samples.length} samples are more than ${MAX_SAMPLES}: send it as several` };
  return refuseValues(samples);
}

function refuseValues(samples: ArrayLike<number>): Unanalysable | null {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    if (!Number.isFinite(value)) return { code: 'not_finite', reason: `sample ${i} is not a finite number` };
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least === most)
    return { code: 'dead', reason: `every sample is ${least}: the sensor or its cable is dead, or it is not powered` };
  const clipped = clippedSamples(samples, least) + clippedSamples(samples, most);
  if (clipped > CLIPPED_SHARE * samples.length)
    return {
      code: 'clipped',
      reason: `${clipped} samples stand at the end of the range (${least} to ${most}): set a larger range or a less sensitive sensor`,
    };
  return null;
}

/** Samples in runs of at least `CLIPPED_RUN` that equal `bound`. */
function clippedSamples(samples: ArrayLike<number>, bound: number): number {
  let clipped = 0;
  let run = 0;
  for (let i = 0; i <= samples.length; i++) {
    if (samples[i] === bound) {
      run += 1;
      continue;
    }
    if (run >= CLIPPED_RUN) clipped += run;
    run = 0;
  }
  return clipped;
}
