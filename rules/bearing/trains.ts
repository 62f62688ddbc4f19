import { type Band, type EnvelopeSpectrum, envelopeOf, envelopeSpectrum, type Prepared } from '../signal/envelope.ts';
import type { Fourier } from '../signal/fourier.ts';
import { noiseFloor } from '../signal/noise-floor.ts';
import type { FaultRatios } from './geometry.ts';

/** The part of a bearing that a train of impacts belongs to. */
export type BearingPart = 'outer' | 'inner' | 'ball';

export const BEARING_PARTS: readonly BearingPart[] = ['outer', 'inner', 'ball'];

/** How well the envelope's lines agree with one part's train of impacts, in the band where they agree best. */
export interface Train {
  readonly part: BearingPart;
  /**
   * Sum over harmonics and sidebands of ln(power over noise), over the root of its weights: about 2 in noise, whatever the
   * machine, the rate and the number of lines that could be looked at.
   */
  readonly score: number;
  /** Score of the same train in the best of the bands that have nothing in common with this one: impacts ring in several. */
  readonly elsewhere: number;
  /**
   * What is left of the score without the lines that the other part's train claims, too: three times BPFO is within slip of
   * twice BPFI in a bearing of nine balls.
   */
  readonly beside: Readonly<Record<BearingPart, number>>;
  /** Sum of the harmonics' depths of modulation above the noise. */
  readonly depth: number;
  /** Part of the envelope's fluctuation beyond that of noise which the harmonics make up. */
  readonly share: number;
  /** What the geometry says, Hz, and what was found. */
  readonly expectedHz: number;
  readonly foundHz: number;
  /** Harmonics that stand at least `CLEAR_OVER_NOISE` above the noise, e.g. [1, 2, 4]. */
  readonly harmonics: readonly number[];
  /** Highest line of the train over the noise, power. */
  readonly highest: number;
  readonly band: Band;
}

/** What a train is looked for in. */
export interface TrainSearch {
  readonly ratios: FaultRatios;
  readonly shaftHz: number;
}

/** Impacts are short: their envelope has many harmonics; above the sixth those of slipping elements are smeared. */
export const HARMONICS = 6;
/**
 * The square of a band's envelope holds frequencies up to the band's width, ever less of them: half as wide again as the
 * highest harmonic keeps a third of it.
 */
const WIDTH_OVER_HIGHEST = 1.5;
/** Slip of 1 to 2 % is normal, and catalogues scatter as much (STANDARDS of this field: Randall & Antoni 2011, §2). */
const SLIP = 0.02;
const SLIP_STEP = 0.001;
/** A sideband says half as much as its harmonic: only parts that move through the load zone have them. */
const SIDEBAND_WEIGHT = 0.5;
/** A line of noise stands so high above the mean once in 150 (e⁻⁵). */
const CLEAR_OVER_NOISE = 5;
/** What shakes the machine as a whole lies below. */
const LOWEST_BAND_HZ = 500;
/** The floor is taken over so many turns' lines to both sides, so that lines of the shaft and the cage are in the minority. */
const FLOOR_IN_SHAFT_HZ = 4 / 3;

/** Bands that overlap by half, each wide enough for the harmonics of the fastest train; empty when the rate is too low. */
export function bandsFor({ ratios, shaftHz }: TrainSearch, rateHz: number): readonly Band[] {
  const highest = 0.99 * (rateHz / 2);
  const lowest = Math.min(LOWEST_BAND_HZ, 0.04 * rateHz);
  const fastest = Math.max(ratios.bpfi, 2 * ratios.bsf) * shaftHz;
  const width = Math.min(WIDTH_OVER_HIGHEST * HARMONICS * fastest, (highest - lowest) / 2);
  if (width < WIDTH_OVER_HIGHEST * 2 * fastest) return [];
  const bands: Band[] = [];
  for (let lowHz = lowest; lowHz + width <= highest + 1e-6; lowHz += width / 2)
    bands.push({ lowHz, highHz: lowHz + width });
  return bands;
}

/** Looks for each part's train of impacts in all bands. O(bands · n log n). */
export function findTrains(
  fourier: Fourier,
  prepared: Prepared,
  search: TrainSearch,
): Readonly<Record<BearingPart, Train>> {
  const spectra = bandsFor(search, prepared.rateHz).map((band) => {
    const spectrum = envelopeSpectrum(fourier, envelopeOf(fourier, prepared, band));
    return { spectrum, floor: floorUnder(spectrum, search.shaftHz) };
  });
  const outer = bestTrain(spectra, 'outer', search);
  const inner = bestTrain(spectra, 'inner', search);
  const ball = bestTrain(spectra, 'ball', search);
  const beside = (train: PlacedTrain) => ({
    ...train.train,
    beside: { outer: scoreBeside(train, outer), inner: scoreBeside(train, inner), ball: scoreBeside(train, ball) },
  });
  return { outer: beside(outer), inner: beside(inner), ball: beside(ball) };
}

/** A train with where it was found. */
interface PlacedTrain {
  readonly spectrum: FlooredSpectrum;
  readonly search: TrainSearch;
  readonly train: Omit<Train, 'beside'>;
}

function scoreBeside({ spectrum, search, train }: PlacedTrain, { train: other }: PlacedTrain): number {
  const { part, expectedHz, foundHz, score } = train;
  if (other.part === part) return score;
  return trainAt(spectrum, part, { ...search, expectedHz, foundHz, claimedHz: other.foundHz }).score;
}

interface FlooredSpectrum {
  readonly spectrum: EnvelopeSpectrum;
  /** Noise power under each line, depth². */
  readonly floor: Float64Array;
}

function floorUnder({ depths, lineHz, resolutionHz }: EnvelopeSpectrum, shaftHz: number): Float64Array {
  const halfHz = Math.max(FLOOR_IN_SHAFT_HZ * shaftHz, 15 * resolutionHz);
  return noiseFloor(
    depths.map((depth) => depth * depth),
    { halfWidth: Math.round(halfHz / lineHz) },
  );
}

function bestTrain(spectra: readonly FlooredSpectrum[], part: BearingPart, search: TrainSearch): PlacedTrain {
  const trains = spectra.map((spectrum) => bestSlip(spectrum, part, search));
  const best = trains.reduce((a, b) => (b.score > a.score ? b : a));
  const { expectedHz, foundHz, band } = best;
  const apart = spectra.filter(({ spectrum: s }) => s.lowHz >= band.highHz - 1 || s.highHz <= band.lowHz + 1);
  const scores = apart.map((spectrum) => trainAt(spectrum, part, { ...search, expectedHz, foundHz }).score);
  return { spectrum: spectra[trains.indexOf(best)]!, search, train: { ...best, elsewhere: Math.max(0, ...scores) } };
}

/** The train at the slip at which it agrees best: all harmonics slip alike. */
function bestSlip(spectrum: FlooredSpectrum, part: BearingPart, search: TrainSearch): Omit<Train, 'beside'> {
  const expectedHz = ratioOf(part, search.ratios) * search.shaftHz;
  const finest = spectrum.spectrum.resolutionHz / 1.5 / (HARMONICS * expectedHz);
  const steps = Math.round(SLIP / Math.min(SLIP_STEP, finest));
  let best: Omit<Train, 'beside'> | null = null;
  for (let step = -steps; step <= steps; step++) {
    const train = trainAt(spectrum, part, { ...search, expectedHz, foundHz: expectedHz * (1 + (SLIP * step) / steps) });
    if (best === null || train.score > best.score) best = train;
  }
  return best!; // there is at least one step
}

function ratioOf(part: BearingPart, { bpfo, bpfi, bsf }: FaultRatios): number {
  switch (part) {
    case 'outer':
      return bpfo;
    case 'inner':
      return bpfi;
    case 'ball':
      return 2 * bsf;
  }
}

/** Distance of the sidebands: how often the defect passes the load zone. That of the outer race does not move. */
function sidebandHz(part: BearingPart, { ratios, shaftHz }: TrainSearch): number | null {
  switch (part) {
    case 'outer':
      return null;
    case 'inner':
      return shaftHz;
    case 'ball':
      return ratios.ftf * shaftHz;
  }
}

interface TrainPlace extends TrainSearch {
  readonly expectedHz: number;
  readonly foundHz: number;
  /** Lines at multiples of this are another train's. */
  readonly claimedHz?: number;
}

function trainAt(from: FlooredSpectrum, part: BearingPart, place: TrainPlace): Omit<Train, 'beside'> {
  const { expectedHz, foundHz } = place;
  const { lowHz, highHz, kurtosis } = from.spectrum;
  const aside = sidebandHz(part, place);
  const harmonics: number[] = [];
  let [looked, sum, depth, power, highest] = [0, 0, 0, 0, 0];
  for (let harmonic = 1; harmonic <= HARMONICS; harmonic++) {
    const line = lineAt(from, harmonic * foundHz, place);
    if (line === null) continue;
    looked += 1;
    sum += Math.log(Math.max(1, line.overNoise));
    depth += line.depth;
    power += line.depth ** 2 / 2;
    highest = Math.max(highest, line.overNoise);
    if (line.overNoise >= CLEAR_OVER_NOISE) harmonics.push(harmonic);
    if (aside === null) continue;
    for (const hz of [harmonic * foundHz - aside, harmonic * foundHz + aside]) {
      const sideband = lineAt(from, hz, place);
      if (sideband !== null) sum += SIDEBAND_WEIGHT * Math.log(Math.max(1, sideband.overNoise));
    }
  }
  const weights = looked * (1 + (aside === null ? 0 : 2 * SIDEBAND_WEIGHT ** 2));
  return {
    part,
    score: looked === 0 ? 0 : sum / Math.sqrt(weights),
    elsewhere: 0,
    depth,
    share: power / Math.max(0.25, kurtosis - 2), // noise makes 2, give or take
    expectedHz,
    foundHz,
    harmonics,
    highest,
    band: { lowHz, highHz },
  };
}

/** The highest of the three lines around a frequency; `null` beyond the spectrum and where a harmonic of the shaft stands. */
function lineAt(
  { spectrum, floor }: FlooredSpectrum,
  hz: number,
  { shaftHz, claimedHz }: TrainPlace,
): { readonly overNoise: number; readonly depth: number } | null {
  const { depths, lineHz, resolutionHz } = spectrum;
  const fromShaftHz = Math.abs(hz - shaftHz * Math.round(hz / shaftHz));
  if (fromShaftHz < resolutionHz) return null; // would take what belongs to the shaft for the bearing's
  if (claimedHz !== undefined) {
    const multiple = Math.round(hz / claimedHz);
    if (multiple > 0 && multiple <= HARMONICS && Math.abs(hz - claimedHz * multiple) < resolutionHz) return null;
  }
  const middle = Math.round(hz / lineHz);
  if (middle < 3 || middle + 1 >= depths.length) return null;
  let found = middle - 1;
  let overNoise = 0;
  for (let k = middle - 1; k <= middle + 1; k++) {
    const over = depths[k]! ** 2 / floor[k]!;
    if (over > overNoise) [found, overNoise] = [k, over];
  }
  return { overNoise, depth: Math.max(0, depths[found]! - Math.sqrt(floor[found]!)) };
}
