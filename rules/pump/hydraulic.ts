import type { Orders } from '../rotor/orders.ts';
import { HIGHEST_ORDER } from '../rotor/orders.ts';
import type { Spectrum } from '../signal/spectrum.ts';

/** What a waveform says of the noise of collapsing bubbles. */
export interface Cavitation {
  /** 1 is worth a look; 0 where impacts make the noise. */
  readonly strength: number;
  /** Broadband acceleration from 3 kHz on, tones left out, m/s² RMS. */
  readonly rms: number;
  /** How much more power a line has there than below 1 kHz. */
  readonly rise: number;
}

/** Collapsing bubbles ring from here on; what turns lies below. */
const FROM_HZ = 3_000;
/** Half an octave at least, or nothing is broad. */
const LEAST_TO_HZ = 1.4 * FROM_HZ;
const QUIET_HZ = { lowHz: 100, highHz: 1_000 };
/** Above this share of the rate the sensor's own filter cuts. */
const USABLE_SHARE = 1 / 2.56;
/** 0.5 g RMS: ours, after field guides that look at a pump from half to one g of high-frequency acceleration on. */
const NOTABLE_RMS = 5;
/** Noise of the sensor, or of all that is around, is as high below. Ours: white noise stays below 1.2, with 800 lines on either side. */
const NOTABLE_RISE = 1.5;
/** Impacts stand out of what they make, bubbles by the thousand do not: 3 is Gaussian noise. */
const MOST_KURTOSIS = 5;
/** Equivalent noise bandwidth of the Hann window, lines. */
const NOISE_LINES = 1.5;

/**
 * Cavitation: a rise of random noise over the whole upper spectrum, without impacts and without lines. Judged by the medians of the
 * lines, which see neither tones nor the resonance that a bearing's impacts ring in. `null` where the rate does not reach 4.2 kHz.
 * Source: R. Barron, Engineering Condition Monitoring, 1996, and ISO 13373-3:2015 annex on pumps as taught (secondary); limits are ours.
 */
export function cavitationIn(
  { amplitudes, lineHz, averages }: Spectrum,
  { rateHz, kurtosis }: { readonly rateHz: number; readonly kurtosis: number },
): Cavitation | null {
  const toHz = rateHz * USABLE_SHARE;
  if (toHz < LEAST_TO_HZ) return null;
  const between = (lowHz: number, highHz: number) =>
    amplitudes.subarray(Math.ceil(lowHz / lineHz), Math.floor(highHz / lineHz) + 1);
  const high = between(FROM_HZ, toHz);
  const upper = medianPower(high);
  const lower = medianPower(between(QUIET_HZ.lowHz, QUIET_HZ.highHz));
  // The power of a line of noise is exponentially distributed, of an average of many it is its mean.
  const mean = averages > 1 ? upper : upper / Math.LN2;
  const rms = Math.sqrt((mean * high.length) / NOISE_LINES);
  const rise = lower > 0 ? upper / lower : Number.POSITIVE_INFINITY;
  const strength = kurtosis >= MOST_KURTOSIS ? 0 : Math.min(rms / NOTABLE_RMS, rise / NOTABLE_RISE);
  return { strength, rms, rise };
}

function medianPower(amplitudes: Float64Array): number {
  const sorted = amplitudes.slice().sort();
  return (sorted[sorted.length >> 1] ?? 0) ** 2;
}

/** How much a line must stand above the orders beside it to be that of the vanes and not one of many. */
const ALONE = 2;

/**
 * Velocity at the vane pass frequency (vanes × speed), mm/s RMS; 0 where the orders beside it are half as high: then it is one of the many
 * lines of looseness.
 */
export function vanePassMms({ at, shaftHz }: Orders, vanes: number): number {
  const mms = at(vanes * shaftHz);
  const beside = Math.max(at((vanes - 1) * shaftHz), at((vanes + 1) * shaftHz));
  return mms > ALONE * beside ? mms : 0;
}

/** The orders of the shaft without what the vanes put on theirs: there the larger neighbour is the most. */
export function withoutVanePass(orders: Orders, vanes: number): Orders {
  if (vanes > HIGHEST_ORDER || vanePassMms(orders, vanes) === 0) return orders;
  const velocities = orders.velocities.slice();
  for (let order = vanes; order <= HIGHEST_ORDER; order += vanes) {
    const [below = 0, above = 0] = [orders.velocities[2 * order - 3], orders.velocities[2 * order + 1]];
    velocities[2 * order - 1] = Math.min(velocities[2 * order - 1]!, Math.max(below, above));
  }
  return { ...orders, velocities };
}
