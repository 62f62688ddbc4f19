import { NOTABLE_MMS } from '../rotor/diagnose.ts';
import { SLOW_VELOCITY_BAND_HZ, VELOCITY_BAND_HZ } from '../signal/analyse.ts';
import type { FeatureOrigin } from './capture-of.ts';

const { lowHz, highHz } = VELOCITY_BAND_HZ;
const STRENGTH = `strength, 1 is notable (${NOTABLE_MMS} mm/s RMS)`;
const DEPTH = 'share of the mean envelope that is modulated at this frequency of the bearing';

/** What features of waveforms are: quantity, band and kind of mean. */
const WAVEFORM: Readonly<Record<string, string>> = {
  velocity_rms: `vibration velocity, RMS, ${lowHz} to ${highHz} Hz (from ${SLOW_VELOCITY_BAND_HZ.lowHz} Hz below 600 rpm)`,
  acceleration_rms: 'acceleration, RMS, over all frequencies',
  peak: 'largest value, either way',
  crest: 'peak over RMS',
  kurtosis: 'how impulsive it is, 3 without impacts',
  skew: 'how lopsided it is, 0 when it is not',
  envelope_rms: 'envelope of the most impulsive band, RMS',
  low_rms: 'RMS of 10 to 1000 Hz: shaft and mains',
  mid_rms: 'RMS of 1 to 5 kHz: gear mesh',
  high_rms: 'RMS above 5 kHz: bearings and fluid',
  speed: 'speed of the shaft at that time',
  rotor: `strongest of the causes below it, ${STRENGTH}`,
  orders: 'half orders of the speed that stand out',
  bearing: 'strongest part of the bearing, 1 is notable',
  outer: 'outer race of the bearing, 1 is notable',
  inner: 'inner race of the bearing, 1 is notable',
  ball: 'rolling elements of the bearing, 1 is notable',
  bpfo: `outer race, ${DEPTH}`,
  bpfi: `inner race, ${DEPTH}`,
  bsf: `rolling elements, ${DEPTH}`,
  ftf: `cage, ${DEPTH}`,
  bearing_hz: 'where the impacts repeat, 0 when none do',
  bearing_slip: 'how far that is from what the geometry says',
  bearing_depth: 'how much of the mean envelope the impacts modulate',
  bearing_harmonics: 'harmonics of the impacts that stand out',
  gmf: 'gear mesh, velocity, RMS of the line',
  '2lf': 'twice the line frequency, velocity, RMS of the line',
  vpf: 'vane pass, velocity, RMS of the line',
  cavitation_rms: 'random noise above 3 kHz, RMS',
};
const FAULTS = ['imbalance', 'misalignment', 'looseness', 'gear', 'electrical', 'vanes', 'cavitation'];

/** Says what a feature is and what it is made of. */
export function sayFeature({ point, feature }: FeatureOrigin): string {
  const what = point.kind === 'waveform' ? sayWaveformFeature(feature) : sayFrameFeature(feature);
  return `${what}; worked out of the ${point.kind === 'waveform' ? 'waveforms' : 'thermal frames'} of ${point.tag}`;
}

function sayWaveformFeature(feature: string): string {
  const order = /^([123])x$/.exec(feature)?.[1];
  if (order !== undefined) return `${order} × the speed of the shaft, velocity, RMS of the line`;
  return WAVEFORM[feature] ?? (FAULTS.includes(feature) ? STRENGTH : feature);
}

function sayFrameFeature(feature: string): string {
  if (feature === 'hotspot') return 'hottest mean of 3 × 3 pixels';
  if (feature === 'hotspot_x' || feature === 'hotspot_y') return 'place of the hot spot, pixels from the top left';
  if (feature.endsWith('.max')) return 'hottest mean of 3 × 3 pixels of the region';
  if (feature.endsWith('.mean')) return 'mean of the region';
  return 'hot spot of the region over the median of the picture';
}
