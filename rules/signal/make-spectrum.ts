import type { MadeSpectrum, NoSpectrum, SpectrumCursor, SpectrumWish } from '../../src/model/spectrum.ts';
import { refuseToAnalyse } from './analysable.ts';
import { envelopeSpectrum, prepare } from './envelope.ts';
import { type Fourier, sizeFor } from './fourier.ts';
import { mostImpulsiveBand } from './kurtogram.ts';
import { type Spectrum, saySpectrum, spectrumOf, velocitySpectrum } from './spectrum.ts';
import { type StandardSamples, standardise } from './units.ts';

/** More lines than a screen has pixels help nobody, and a longer waveform gives averages instead. */
const MOST_LINES = 8_192;
/** Velocity below this is drift of the sensor, Hz (ISO 10816-3 begins there for slow machines). */
const VELOCITY_FROM_HZ = 2;
/** The envelope is shown up to this, Hz: fault frequencies and their harmonics lie below. */
const ENVELOPE_TO_HZ = 1_000;
const HARMONICS = 3;
/** Slip of a bearing, and a speed that is not known exactly. */
const SLIP = 0.02;

/**
 * Makes a spectrum for people to look at, in m/s², mm/s or as depth of modulation, with the cursors that the machine gives.
 * Answers why not where the waveform says nothing. O(n log n): 0.3 s for a million samples.
 */
export function makeSpectrum(fourier: Fourier, wish: SpectrumWish): MadeSpectrum | NoSpectrum {
  const { samples, rateHz, unit, kind } = wish;
  const refusal = refuseToAnalyse(samples, { rateHz, unit });
  if (refusal !== null) return refusal;
  const standard = standardise(samples, unit)!; // refuseToAnalyse knows the unit
  if (kind === 'envelope') return ofEnvelope(fourier, standard.samples, wish);
  return ofAmplitudes(fourier, standard, wish);
}

function ofAmplitudes(
  fourier: Fourier,
  { samples, unit, quantity }: StandardSamples,
  wish: SpectrumWish,
): MadeSpectrum {
  const { rateHz, convention } = wish;
  const lines = wish.lines ?? Math.min(MOST_LINES, sizeFor(samples.length) / 4);
  const own = spectrumOf(fourier, samples, { rateHz, unit, convention, lines });
  const spectrum: Spectrum =
    wish.kind === 'velocity' && quantity === 'acceleration' ? velocitySpectrum(own, VELOCITY_FROM_HZ) : own;
  const cursors = [...harmonics('×', wish.shaftHz), ...meshOf(wish), ...mainsOf(wish)];
  return {
    ...spectrum,
    lines: spectrum.amplitudes.length - 1,
    bandHz: null,
    says: saySpectrum(spectrum),
    cursors: measure(cursors, spectrum),
  };
}

function ofEnvelope(fourier: Fourier, samples: Float64Array, wish: SpectrumWish): MadeSpectrum {
  const envelope = mostImpulsiveBand(fourier, prepare(fourier, samples, wish.rateHz));
  const { depths, lineHz, lowHz, highHz, kurtosis } = envelopeSpectrum(fourier, envelope);
  const amplitudes = depths.slice(0, Math.min(MOST_LINES, Math.floor(ENVELOPE_TO_HZ / lineHz)) + 1);
  const { shaftHz, bearing } = wish;
  const faults =
    shaftHz === null || bearing === null
      ? []
      : (['bpfo', 'bpfi', 'bsf', 'ftf'] as const).flatMap((name) =>
          harmonics(name.toUpperCase(), bearing[name] * shaftHz),
        );
  return {
    window: 'hann',
    lines: amplitudes.length - 1,
    lineHz,
    averages: 1,
    overlap: 0,
    unit: '1',
    convention: 'peak',
    bandHz: [lowHz, highHz],
    says:
      `squared envelope of ${Math.round(lowHz)} to ${Math.round(highHz)} Hz (kurtosis ${kurtosis.toFixed(1)}), hann window, ` +
      `${amplitudes.length - 1} lines of ${Number(lineHz.toPrecision(4))} Hz, 1 average, depth of modulation (peak, of the mean)`,
    amplitudes,
    cursors: measure([...harmonics('×', shaftHz).slice(0, 1), ...faults], { amplitudes, lineHz }),
  };
}

type Place = Pick<SpectrumCursor, 'name' | 'hz'>;

function harmonics(name: string, hz: number | null): Place[] {
  if (hz === null) return [];
  return Array.from({ length: HARMONICS }, (_, i) => {
    const times = i + 1;
    if (name === '×') return { name: `${times}×`, hz: hz * times };
    return { name: times === 1 ? name : `${times} × ${name}`, hz: hz * times };
  });
}

function meshOf({ shaftHz, teeth }: SpectrumWish): Place[] {
  return shaftHz === null || teeth === null ? [] : [{ name: 'mesh', hz: teeth * shaftHz }];
}

function mainsOf({ lineHz }: SpectrumWish): Place[] {
  return lineHz === null ? [] : [{ name: '2 × mains', hz: 2 * lineHz }];
}

/** What stands at each place that the spectrum reaches. */
function measure(
  places: readonly Place[],
  { amplitudes, lineHz }: { readonly amplitudes: Float64Array; readonly lineHz: number },
): SpectrumCursor[] {
  return places.flatMap(({ name, hz }) => {
    const first = Math.max(1, Math.floor((hz * (1 - SLIP)) / lineHz));
    const last = Math.ceil((hz * (1 + SLIP)) / lineHz);
    if (last >= amplitudes.length) return [];
    return [
      { name, hz, amplitude: amplitudes.subarray(first, last + 1).reduce((most, one) => Math.max(most, one), 0) },
    ];
  });
}
