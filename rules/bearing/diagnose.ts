import { prepare } from '../signal/envelope.ts';
import { featuresOf } from '../signal/features.ts';
import type { Fourier } from '../signal/fourier.ts';
import { withoutTones } from '../signal/noise-floor.ts';
import { BEARING_PARTS, type BearingPart, bandsFor, findTrains, type Train, type TrainSearch } from './trains.ts';

/** What a waveform says about a bearing. */
export interface BearingDiagnosis {
  readonly fault: BearingPart | 'none';
  /** How far it has gone; `none` without a fault. */
  readonly severity: Severity | 'none';
  /** What was seen, best first, as sentences a technician can check. */
  readonly evidence: readonly string[];
  /** Not the excess: 3 for Gaussian noise. */
  readonly kurtosis: number;
  readonly train: Train | null;
  /** The evidence for each part over what it takes to be named: at least 1 for the one that is, below 1 for the others. */
  readonly strengths: Readonly<Record<BearingPart, number>>;
}

export type Severity = 'early' | 'developed' | 'severe';

/**
 * What a train of impacts must have to count. Measured on Gaussian noise (450 windows of 1 s, three bearings, 12 to 25.6 kHz):
 * score 99.8 % below 4.2, depth 99 % below 0.38, elsewhere 95 % below 2.8; none of them passed all.
 */
const LIMITS = {
  score: 4,
  /** A healthy bearing under load modulates a little at its ball pass frequencies: its stiffness varies with the balls. */
  depth: 0.3,
  /** One line is a tone; a train of short impacts has harmonics. */
  harmonics: 2,
  /** With tones left in, two of them beat in the one band they share; impacts ring in others, too. */
  elsewhere: 2.4,
  /** Healthy machines stay below: the usual field limits are 3.5 to 5. */
  kurtosis: 5,
  /** In an impulsive waveform, regular trains that make up less of the envelope than this are not what the impacts are. */
  share: 0.025,
} as const;

/** The cage must turn so often that its line and its neighbours can be told apart. */
const MIN_REVOLUTIONS = 20;

/** Why a bearing can't be judged from a waveform, `null` when it can. */
export function refuseToDiagnose(search: TrainSearch, length: number, rateHz: number): string | null {
  const { shaftHz } = search;
  if (!(shaftHz > 0)) return `the shaft turns at ${shaftHz} Hz: a bearing is judged while it turns`;
  const revolutions = (length / rateHz) * shaftHz;
  if (revolutions < MIN_REVOLUTIONS)
    return `${revolutions.toFixed(1)} revolutions are too few: record at least ${(MIN_REVOLUTIONS / shaftHz).toFixed(1)} s`;
  if (bandsFor(search, rateHz).length === 0)
    return `${rateHz} samples a second are too few for impacts at ${(search.ratios.bpfi * shaftHz).toFixed(0)} Hz`;
  return null;
}

/**
 * Judges a bearing from acceleration (any unit), its fault frequencies and the speed of its shaft: first with the tones taken
 * out, which leaves what slips; then, when that says nothing, with them, which asks for agreement of bands; and impacts that
 * belong to no race and no regular train are those of rolling elements, whose defect meets the races only now and then.
 * Not for waveforms that `refuseToDiagnose` refuses. O(bands · n log n).
 * Source: R. B. Randall, J. Antoni, Mech. Syst. Signal Process. 25(2), 2011; for the irregular impacts of ball defects
 * W. A. Smith, R. B. Randall, Mech. Syst. Signal Process. 64–65, 2015, §5.
 */
export function diagnoseBearing(
  fourier: Fourier,
  samples: ArrayLike<number>,
  { rateHz, ...search }: TrainSearch & { readonly rateHz: number },
): BearingDiagnosis {
  const { kurtosis } = featuresOf(samples);
  const isImpulsive = kurtosis > LIMITS.kurtosis;
  const prepared = prepare(fourier, samples, rateHz);
  const random = findTrains(fourier, withoutTones(prepared), search);
  const regular = strongest(random, (train) => !isImpulsive || train.share >= LIMITS.share);
  const strengths = strengthsOf(random);
  if (regular !== null) return { ...faulty(regular, kurtosis), strengths: withNamed(strengths, regular) };
  if (isImpulsive) {
    const ball = Math.max(strengths.ball, kurtosis / LIMITS.kurtosis);
    return { ...irregular(kurtosis, strongestOf(random)), strengths: { ...strengths, ball } };
  }
  const all = strongest(findTrains(fourier, prepared, search), ({ elsewhere }) => elsewhere >= LIMITS.elsewhere);
  if (all !== null) return { ...faulty(all, kurtosis), strengths: withNamed(strengths, all) };
  return { ...healthy(kurtosis, strongestOf(random)), strengths };
}

/** What has the score but not the rest of what it takes stays just below 1. */
const NOT_NAMED = 0.99;

function strengthsOf(trains: Readonly<Record<BearingPart, Train>>): Record<BearingPart, number> {
  const strengthOf = ({ score }: Train) => Math.min(NOT_NAMED, Math.max(0, score) / LIMITS.score);
  return { outer: strengthOf(trains.outer), inner: strengthOf(trains.inner), ball: strengthOf(trains.ball) };
}

function withNamed(strengths: Record<BearingPart, number>, { part, score }: Train): Record<BearingPart, number> {
  return { ...strengths, [part]: score / LIMITS.score };
}

function strongest(trains: Readonly<Record<BearingPart, Train>>, counts: (train: Train) => boolean): Train | null {
  const found = BEARING_PARTS.map((part) => trains[part]).filter(
    (train) =>
      train.score >= LIMITS.score &&
      train.depth >= LIMITS.depth &&
      train.harmonics.length >= LIMITS.harmonics &&
      counts(train),
  );
  return found.length === 0 ? null : found.reduce((a, b) => (b.beside[a.part] > a.beside[b.part] ? b : a));
}

function strongestOf(trains: Readonly<Record<BearingPart, Train>>): Train {
  return BEARING_PARTS.map((part) => trains[part]).reduce((a, b) => (b.score > a.score ? b : a));
}

/** Each part in words. */
export const PART = { outer: 'outer race', inner: 'inner race', ball: 'rolling element' } as const;
/** The frequency at which each part shows. */
export const FREQUENCY = { outer: 'BPFO', inner: 'BPFI', ball: '2 × BSF' } as const;

/** A depth of modulation, harmonics added up: `83 % of the mean`, `6.0 times the mean`. */
export function sayDepth(depth: number): string {
  return depth < 0.995 ? `${(100 * depth).toFixed(0)} % of the mean` : `${depth.toFixed(1)} times the mean`;
}

function faulty(train: Train, kurtosis: number): Omit<BearingDiagnosis, 'strengths'> {
  const { part, expectedHz, foundHz, harmonics, highest, depth, band, score } = train;
  const slip = 100 * (foundHz / expectedHz - 1);
  const evidence = [
    `${PART[part]}: impacts at ${foundHz.toFixed(1)} Hz (${FREQUENCY[part]} ${expectedHz.toFixed(1)} Hz ${slip < 0 ? '−' : '+'}${Math.abs(slip).toFixed(1)} %)`,
    `harmonics ${harmonics.join(', ')} stand up to ${(10 * Math.log10(highest)).toFixed(0)} dB above the noise of the squared envelope of ${sayBand(band)} (Hann window, 1 average)`,
    `modulated by ${sayDepth(depth)} (peak; limit ${100 * LIMITS.depth} %), score ${score.toFixed(1)} (limit ${LIMITS.score})`,
    `kurtosis ${kurtosis.toFixed(1)} (3 without impacts)`,
  ];
  return { fault: part, severity: severityOf(depth), evidence, kurtosis, train };
}

/** Ours, not a standard's: how much of the envelope the impacts make up. */
export function severityOf(depth: number): Severity {
  if (depth < 0.5) return 'early';
  return depth < 1.5 ? 'developed' : 'severe';
}

function irregular(kurtosis: number, nearest: Train): Omit<BearingDiagnosis, 'strengths'> {
  const evidence = [
    `rolling element: impacts at no regular distance, kurtosis ${kurtosis.toFixed(1)} (limit ${LIMITS.kurtosis})`,
    `the nearest train, ${FREQUENCY[nearest.part]}, makes up ${(100 * nearest.share).toFixed(1)} % of what the impacts do (limit ${100 * LIMITS.share} %)`,
    'dirt in the lubricant and loose parts knock as irregularly: take a grease sample, listen at the housing',
  ];
  return { fault: 'ball', severity: kurtosis < 10 ? 'early' : 'developed', evidence, kurtosis, train: null };
}

function healthy(kurtosis: number, nearest: Train): Omit<BearingDiagnosis, 'strengths'> {
  const evidence = [
    `no train of impacts: the nearest, ${FREQUENCY[nearest.part]}, scores ${nearest.score.toFixed(1)} (limit ${LIMITS.score}) with ${(100 * nearest.depth).toFixed(0)} % modulation (limit ${100 * LIMITS.depth} %)`,
    `kurtosis ${kurtosis.toFixed(1)} (limit ${LIMITS.kurtosis})`,
  ];
  return { fault: 'none', severity: 'none', evidence, kurtosis, train: null };
}

function sayBand({ lowHz, highHz }: { readonly lowHz: number; readonly highHz: number }): string {
  return `${lowHz.toFixed(0)} to ${highHz.toFixed(0)} Hz`;
}
