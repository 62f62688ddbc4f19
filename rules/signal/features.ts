import { meanOf } from './fourier.ts';

/** What a waveform says without any knowledge of the machine; the mean is removed first. */
export interface Features {
  /** Root mean square, unit of the samples. */
  readonly rms: number;
  /** Largest distance from the mean, unit of the samples. */
  readonly peak: number;
  /** peak / rms: √2 for a sine. */
  readonly crest: number;
  /** Fourth moment over the square of the second, not the excess: 1.5 for a sine, 3 for Gaussian noise. */
  readonly kurtosis: number;
  /** Third standardised moment: 0 when both sides are alike. */
  readonly skew: number;
}

/** Moments and peak of a waveform. `samples` are finite; of a constant all but the ratios are 0, and these are NaN. O(n). */
export function featuresOf(samples: ArrayLike<number>): Features {
  const count = samples.length;
  const mean = meanOf(samples);
  let second = 0;
  let third = 0;
  let fourth = 0;
  let peak = 0;
  for (let i = 0; i < count; i++) {
    const distance = samples[i]! - mean;
    const square = distance * distance;
    second += square;
    third += square * distance;
    fourth += square * square;
    if (distance > peak) peak = distance;
    else if (-distance > peak) peak = -distance;
  }
  const variance = second / count;
  const rms = Math.sqrt(variance);
  return {
    rms,
    peak,
    crest: peak / rms,
    kurtosis: fourth / count / (variance * variance),
    skew: third / count / (variance * rms),
  };
}
