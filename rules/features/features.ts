import type { MeasuringPoint } from '../../src/model/measuring-point.ts';
import { frameFeatureTags } from './frame-features.ts';
import { type FeatureTag, waveformFeatureTags } from './waveform-features.ts';

/** The features that the captures of a point become. */
export function featureTagsOf(point: MeasuringPoint): readonly FeatureTag[] {
  return point.kind === 'waveform' ? waveformFeatureTags(point) : frameFeatureTags(point);
}
