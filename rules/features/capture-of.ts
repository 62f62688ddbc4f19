import type { MeasuringPoint } from '../../src/model/measuring-point.ts';
import { featureTagsOf } from './features.ts';

/** Where a feature comes from. */
export interface FeatureOrigin {
  readonly point: MeasuringPoint;
  /** `bearing` of `pump-1.de.bearing`. */
  readonly feature: string;
}

/** Finds the point whose captures a tag is made of; `null` for one that is measured, derived or that is none. */
export function captureOf(points: readonly MeasuringPoint[], tag: string | null): FeatureOrigin | null {
  for (const point of points) {
    if (tag === null || !tag.startsWith(`${point.tag}.`)) continue;
    const feature = tag.slice(point.tag.length + 1);
    if (featureTagsOf(point).some(({ name }) => name === feature)) return { point, feature };
  }
  return null;
}
