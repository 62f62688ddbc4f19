import { type Envelope, envelopeOf, type Prepared } from './envelope.ts';
import type { Fourier } from './fourier.ts';

/** Halvings of the spectrum: the narrowest band is an eighth of it. */
const LEVELS = 3;

/**
 * Finds the band in which a waveform is most impulsive, by the kurtosis of its envelope over a tree of bands (halves, quarters
 * and eighths of the spectrum), and answers with its envelope. Where nothing is impulsive that is just some band.
 * Source: J. Antoni, Mech. Syst. Signal Process. 21(1), 2007 (fast kurtogram); here by Fourier bands instead of a filter bank.
 */
export function mostImpulsiveBand(fourier: Fourier, prepared: Prepared): Envelope {
  const half = prepared.rateHz / 2;
  let best: Envelope | null = null;
  for (let level = 1; level <= LEVELS; level++) {
    const widthHz = half / 2 ** level;
    for (let band = 0; band < 2 ** level; band++) {
      const found = envelopeOf(fourier, prepared, { lowHz: band * widthHz, highHz: (band + 1) * widthHz });
      if (best === null || found.kurtosis > best.kurtosis) best = found;
    }
  }
  return best!; // LEVELS is above 0
}
