import type { WaveformPoint } from '../../src/model/measuring-point.ts';
import { diagnoseBearing, refuseToDiagnose } from '../bearing/diagnose.ts';
import type { FaultRatios } from '../bearing/geometry.ts';
import { cavitationIn, vanePassMms } from '../pump/hydraulic.ts';
import { findingsOf, NOTABLE_MMS } from '../rotor/diagnose.ts';
import { electricalMms } from '../rotor/electrical.ts';
import { ordersIn } from '../rotor/orders.ts';
import { refuseToAnalyse, type Unanalysable } from '../signal/analysable.ts';
import { type Analysis, analyse } from '../signal/analyse.ts';
import { type EnvelopeSpectrum, envelopeSpectrum } from '../signal/envelope.ts';
import type { Fourier } from '../signal/fourier.ts';
import { bandRms } from '../signal/spectrum.ts';
import { standardise } from '../signal/units.ts';

/** A number that is made of every capture of a point, as a tag below that of the capture. */
export interface FeatureTag {
  /** Behind the tag of the capture and a dot. */
  readonly name: string;
  /** UCUM code, `null` for a bare number. */
  readonly unit: string | null;
}

/** The numbers of one capture by their names, NaN where it does not say; or why it says nothing. */
export type FeatureValues = ReadonlyMap<string, number> | Unanalysable;

/** A waveform of which features are made; see `Waveform`. */
export interface FeaturedWaveform {
  readonly rateHz: number;
  readonly unit: string;
  readonly samples: ArrayLike<number>;
}

/** Below this speed velocity is judged from 2 Hz instead of 10 (ISO 10816-3, 600 rpm). */
const SLOW_SHAFT_HZ = 10;
/** Bands of acceleration: shaft and mains, gear mesh, bearings and fluid. */
const BANDS_HZ: readonly (readonly [name: string, lowHz: number, highHz: number])[] = [
  ['low_rms', 10, 1_000],
  ['mid_rms', 1_000, 5_000],
  ['high_rms', 5_000, Number.POSITIVE_INFINITY],
];
/** Above this share of the rate the sensor's own filter cuts. */
const USABLE_SHARE = 1 / 2.56;
/** Catalogues and slip scatter as much. */
const SLIP = 0.02;

const MMS = 'mm/s';
const tagsOf = (unit: string | null, ...names: readonly string[]) => names.map((name) => ({ name, unit }));

/** The features of a point's waveforms, in the order in which they are listed everywhere. */
export function waveformFeatureTags({
  unit,
  speed,
  bearing,
  teeth,
  lineHz,
  vanes,
}: WaveformPoint): readonly FeatureTag[] {
  const isAcceleration = standardise([], unit)?.quantity === 'acceleration';
  const own = isAcceleration ? 'm/s2' : MMS;
  const knowsOrders = isAcceleration && speed !== null;
  return [
    ...tagsOf(MMS, 'velocity_rms'),
    ...(isAcceleration ? tagsOf(own, 'acceleration_rms') : []),
    ...tagsOf(own, 'peak'),
    ...tagsOf(null, 'crest', 'kurtosis', 'skew'),
    ...tagsOf(own, 'envelope_rms', ...BANDS_HZ.map(([name]) => name)),
    ...(speed === null ? [] : tagsOf('/min', 'speed')),
    ...(knowsOrders ? tagsOf(null, 'rotor', 'imbalance', 'misalignment', 'looseness') : []),
    ...(knowsOrders ? tagsOf(MMS, '1x', '2x', '3x') : []),
    ...(knowsOrders ? tagsOf(null, 'orders') : []),
    ...(knowsOrders && teeth !== null ? [...tagsOf(null, 'gear'), ...tagsOf(MMS, 'gmf')] : []),
    ...(knowsOrders && lineHz !== null ? [...tagsOf(null, 'electrical'), ...tagsOf(MMS, '2lf')] : []),
    ...(knowsOrders && vanes !== null ? vaneTags() : []),
    ...(knowsOrders && bearing !== null ? bearingTags() : []),
  ];
}

function vaneTags(): readonly FeatureTag[] {
  return [...tagsOf(null, 'vanes', 'cavitation'), ...tagsOf(MMS, 'vpf'), ...tagsOf('m/s2', 'cavitation_rms')];
}

function bearingTags(): readonly FeatureTag[] {
  return [
    ...tagsOf(null, 'bearing', 'outer', 'inner', 'ball', 'bpfo', 'bpfi', 'bsf', 'ftf'),
    ...tagsOf('Hz', 'bearing_hz'),
    ...tagsOf('%', 'bearing_slip'),
    ...tagsOf(null, 'bearing_depth', 'bearing_harmonics'),
  ];
}

/**
 * Makes the features of one waveform; `shaftHz`: the speed at that time, `null` when it is not known, and then nothing that
 * depends on it is. About 1 ms for 4,096 samples without a bearing. Shares of energy are RMS, `1x` to `3x`, `gmf`, `vpf` and `2lf` velocity
 * RMS of one line that stands out of the noise (0 when none does), `bpfo` to `ftf` depths of modulation in the most impulsive band,
 * `imbalance` and the like strengths over what is notable (1).
 */
export function waveformFeatures(
  fourier: Fourier,
  { rateHz, unit, samples }: FeaturedWaveform,
  { point, shaftHz }: { readonly point: WaveformPoint; readonly shaftHz: number | null },
): FeatureValues {
  const refusal = refuseToAnalyse(samples, { rateHz, unit }) ?? refuseQuantity(unit, point.unit);
  if (refusal !== null) return refusal;
  const standard = standardise(samples, unit)!; // refuseToAnalyse knows the unit
  const isSlow = shaftHz !== null && shaftHz < SLOW_SHAFT_HZ ? 'yes' : 'no';
  const analysis = analyse(fourier, standard, { rateHz, isSlow });
  const values = new Map(ofSignal(analysis, rateHz));
  if (standard.quantity === 'acceleration') values.set('acceleration_rms', analysis.features.rms);
  // Of a shaft that turns faster than its waveform can show nothing would be seen, and that is not the same as well.
  if (shaftHz === null || shaftHz <= 0 || shaftHz > rateHz * USABLE_SHARE) return values;
  values.set('speed', 60 * shaftHz);
  if (standard.quantity !== 'acceleration') return values;
  const turning = { fourier, analysis, samples: standard.samples, rateHz, shaftHz };
  for (const [name, value] of ofOrders(turning, point)) values.set(name, value);
  const saidHz = (values.get('speed') ?? 60 * shaftHz) / 60;
  if (point.bearing !== null)
    for (const [name, value] of ofBearing(turning, point.bearing, saidHz)) values.set(name, value);
  return values;
}

type Named = readonly (readonly [name: string, value: number])[];

/** A waveform of a shaft whose speed is known. */
interface Turning {
  readonly fourier: Fourier;
  readonly analysis: Analysis;
  /** m/s². */
  readonly samples: Float64Array;
  readonly rateHz: number;
  readonly shaftHz: number;
}

function refuseQuantity(unit: string, wanted: string): Unanalysable | null {
  const quantityOf = (each: string) => standardise([], each)?.quantity;
  if (quantityOf(unit) === quantityOf(wanted)) return null;
  return {
    code: 'invalid_unit',
    reason: `it is in ${unit}, and the plant file says ${wanted}: one of the two is wrong, and it is never guessed which`,
  };
}

function ofSignal({ features, velocityRms, spectrum, envelope }: Analysis, rateHz: number): Named {
  const usableHz = rateHz * USABLE_SHARE;
  return [
    ['velocity_rms', velocityRms ?? Number.NaN],
    ['peak', features.peak],
    ['crest', features.crest],
    ['kurtosis', features.kurtosis],
    ['skew', features.skew],
    // A line of the analytic signal is half the amplitude of its sine, and the band has fewer samples than the waveform.
    ['envelope_rms', 2 * (envelope.rateHz / rateHz) * Math.sqrt(envelope.mean)],
    ...BANDS_HZ.map(([name, lowHz, highHz]) => {
      const toHz = Math.min(highHz, usableHz);
      return [name, toHz > lowHz ? bandRms(spectrum, lowHz, toHz) : Number.NaN] as const;
    }),
  ];
}

function ofOrders({ analysis, rateHz, shaftHz }: Turning, { teeth, lineHz, vanes }: WaveformPoint): Named {
  const machine = {
    shaftHz,
    ...(teeth !== null && { teeth }),
    ...(vanes !== null && { vanes }),
    ...(lineHz !== null && { mainsHz: lineHz }),
  };
  const orders = ordersIn(analysis.spectrum, machine);
  const findings = findingsOf(orders, machine);
  const strengthOf = (fault: string) => findings.find((each) => each.fault === fault)?.strength ?? 0;
  const electrical = lineHz === null ? Number.NaN : electricalMms(orders, { mainsHz: lineHz, toldHz: shaftHz });
  const vaneMms = vanes === null ? Number.NaN : vanePassMms(orders, vanes);
  const cavitation =
    vanes === null ? null : cavitationIn(analysis.spectrum, { rateHz, kurtosis: analysis.features.kurtosis });
  const strengths: Named = [
    ...(['imbalance', 'misalignment', 'looseness'] as const).map((fault) => [fault, strengthOf(fault)] as const),
    ...(teeth === null ? [] : ([['gear', strengthOf('gear')]] as const)),
    ...(lineHz === null ? [] : ([['electrical', electrical / NOTABLE_MMS]] as const)),
    ...(vanes === null ? [] : ([['vanes', vaneMms / NOTABLE_MMS]] as const)),
    ...(vanes === null ? [] : ([['cavitation', cavitation?.strength ?? Number.NaN]] as const)),
  ];
  const { velocities } = orders;
  return [
    ...strengths,
    ['rotor', strengths.reduce((most, [, strength]) => (strength > most ? strength : most), 0)],
    ['1x', velocities[1]!],
    ['2x', velocities[3]!],
    ['3x', velocities[5]!],
    ['orders', velocities.filter((velocity) => velocity > 0).length],
    ['speed', 60 * orders.shaftHz],
    ...(teeth === null ? [] : ([['gmf', orders.at(teeth * orders.shaftHz)]] as const)),
    ...(lineHz === null ? [] : ([['2lf', electrical]] as const)),
    ...(vanes === null ? [] : ([['vpf', vaneMms]] as const)),
    ...(vanes === null ? [] : ([['cavitation_rms', cavitation?.rms ?? Number.NaN]] as const)),
  ];
}

/** `saidHz`: the speed that is said beside it, to which the slip belongs; the train is looked for at the one that was told. */
function ofBearing(
  { fourier, analysis, samples, rateHz, shaftHz }: Turning,
  ratios: FaultRatios,
  saidHz: number,
): Named {
  const search = { ratios, shaftHz };
  if (refuseToDiagnose(search, samples.length, rateHz) !== null) return [];
  const { strengths, train, fault, kurtosis } = diagnoseBearing(fourier, samples, { ...search, rateHz });
  const spectrum = envelopeSpectrum(fourier, analysis.envelope);
  return [
    ['bearing', fault === 'none' ? Math.max(strengths.outer, strengths.inner, strengths.ball) : strengths[fault]],
    ['outer', strengths.outer],
    ['inner', strengths.inner],
    ['ball', strengths.ball],
    ...(['bpfo', 'bpfi', 'bsf', 'ftf'] as const).map(
      (name) => [name, depthNear(spectrum, ratios[name] * shaftHz)] as const,
    ),
    ['bearing_hz', train?.foundHz ?? 0],
    ['bearing_slip', train === null ? 0 : 100 * ((train.foundHz / train.expectedHz) * (shaftHz / saidHz) - 1)],
    ['bearing_depth', train?.depth ?? 0],
    ['bearing_harmonics', train?.harmonics.length ?? 0],
    ['kurtosis', kurtosis],
  ];
}

function depthNear({ depths, lineHz }: EnvelopeSpectrum, hz: number): number {
  const first = Math.max(1, Math.floor((hz * (1 - SLIP)) / lineHz));
  const last = Math.min(depths.length - 1, Math.ceil((hz * (1 + SLIP)) / lineHz));
  if (first > last) return Number.NaN;
  let highest = 0;
  for (let k = first; k <= last; k++) highest = Math.max(highest, depths[k]!);
  return highest;
}
