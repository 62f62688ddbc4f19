import { type Envelope, type Prepared, prepare } from './envelope.ts';
import { type Features, featuresOf } from './features.ts';
import type { Fourier } from './fourier.ts';
import { mostImpulsiveBand } from './kurtogram.ts';
import { bandRms, type Spectrum, spectrumOf, velocitySpectrum } from './spectrum.ts';
import type { StandardSamples } from './units.ts';

/** What a waveform says without knowledge of the machine. */
export interface Analysis {
  /** m/s² or mm/s, as the samples are. */
  readonly features: Features;
  /** Velocity, mm/s RMS between `velocityBandHz`; `null` when the rate does not reach up to 1 kHz. */
  readonly velocityRms: number | null;
  readonly spectrum: Spectrum;
  readonly prepared: Prepared;
  /** Envelope of the most impulsive band. */
  readonly envelope: Envelope;
}

/** Band of the velocity that ISO 10816-3 judges, for machines of 600 rpm and more. */
export const VELOCITY_BAND_HZ = { lowHz: 10, highHz: 1_000 } as const;
/** The same below 600 rpm. */
export const SLOW_VELOCITY_BAND_HZ = { lowHz: 2, highHz: 1_000 } as const;

/** Half the rate must lie this much above the upper edge for the sensor's own filter not to cut it. */
const RATE_OVER_BAND = 1.28;

/** Features, spectrum and envelope of a waveform, about 0.7 ms for 4,096 samples. */
export function analyse(
  fourier: Fourier,
  { samples, unit, quantity }: StandardSamples,
  { rateHz, isSlow = 'no' }: { readonly rateHz: number; readonly isSlow?: 'yes' | 'no' },
): Analysis {
  const spectrum = spectrumOf(fourier, samples, { rateHz, unit, convention: 'rms' });
  const prepared = prepare(fourier, samples, rateHz);
  const { lowHz, highHz } = isSlow === 'yes' ? SLOW_VELOCITY_BAND_HZ : VELOCITY_BAND_HZ;
  const velocity = quantity === 'velocity' ? spectrum : velocitySpectrum(spectrum, lowHz);
  const reaches = rateHz >= 2 * RATE_OVER_BAND * highHz && spectrum.lineHz <= lowHz;
  return {
    features: featuresOf(samples),
    velocityRms: reaches ? bandRms(velocity, lowHz, highHz) : null,
    spectrum,
    prepared,
    envelope: mostImpulsiveBand(fourier, prepared),
  };
}
