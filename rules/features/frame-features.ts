import type { FramePoint, Region } from '../../src/model/measuring-point.ts';
import type { Unanalysable } from '../signal/analysable.ts';
import type { FeatureTag, FeatureValues } from './waveform-features.ts';

/** A thermal frame of which features are made; see `ThermalFrame`. */
export interface FeaturedFrame {
  readonly width: number;
  readonly height: number;
  /** Row by row from the top left. */
  readonly celsius: ArrayLike<number>;
}

/** The features of a point's frames: of the whole picture its hot spot, of each region its hottest pixel and its mean. */
export function frameFeatureTags({ regions }: FramePoint): readonly FeatureTag[] {
  return [
    { name: 'hotspot', unit: 'Cel' },
    { name: 'hotspot_x', unit: null },
    { name: 'hotspot_y', unit: null },
    ...regions.flatMap(({ name }) => [
      { name: `${name}.max`, unit: 'Cel' },
      { name: `${name}.mean`, unit: 'Cel' },
      { name: `${name}.rise`, unit: 'K' },
    ]),
  ];
}

/**
 * Makes the features of one thermal frame. The hot spot is the hottest mean of 3 × 3 pixels, so that a single bad pixel is none;
 * `rise` is how much hotter a region's hot spot is than the median of the picture. Refused when a region does not lie in the
 * picture: the camera or its resolution was changed, and what is seen there is another part. O(pixels log pixels).
 */
export function frameFeatures({ width, height, celsius }: FeaturedFrame, { regions }: FramePoint): FeatureValues {
  const outside = regions.find((each) => each.x + each.width > width || each.y + each.height > height);
  if (outside !== undefined) return refuseRegion(outside, width, height);
  if (width < 3 || height < 3)
    return { code: 'invalid_size', reason: `${width} × ${height} pixels: at least 3 × 3 are needed` };
  const picture = { width, height, celsius };
  const whole = { name: '', x: 0, y: 0, width, height };
  const { spot, x, y } = hotSpotOf(picture, whole);
  const sorted = Float64Array.from(celsius).sort();
  const median = sorted[sorted.length >> 1]!;
  const values = new Map([
    ['hotspot', spot],
    ['hotspot_x', x],
    ['hotspot_y', y],
  ]);
  for (const region of regions) {
    const found = hotSpotOf(picture, region);
    values.set(`${region.name}.max`, found.spot);
    values.set(`${region.name}.mean`, found.mean);
    values.set(`${region.name}.rise`, found.spot - median);
  }
  return values;
}

function refuseRegion({ name, x, y, ...size }: Region, width: number, height: number): Unanalysable {
  return {
    code: 'invalid_size',
    reason: `region ${name} ends at ${x + size.width}, ${y + size.height}, outside of ${width} × ${height} pixels: was the camera changed?`,
  };
}

interface HotSpot {
  readonly spot: number;
  readonly mean: number;
  readonly x: number;
  readonly y: number;
}

function hotSpotOf({ width, height, celsius }: FeaturedFrame, region: Region): HotSpot {
  let best = { spot: Number.NEGATIVE_INFINITY, x: region.x, y: region.y };
  let sum = 0;
  for (let y = region.y; y < region.y + region.height; y++) {
    for (let x = region.x; x < region.x + region.width; x++) {
      sum += celsius[y * width + x]!;
      // At the rim of the picture the nearest whole patch counts.
      const around = patchMean(celsius, width, {
        x: Math.min(Math.max(x, 1), width - 2),
        y: Math.min(Math.max(y, 1), height - 2),
      });
      if (around > best.spot) best = { spot: around, x, y };
    }
  }
  return { ...best, mean: sum / (region.width * region.height) };
}

function patchMean(
  celsius: ArrayLike<number>,
  width: number,
  { x, y }: { readonly x: number; readonly y: number },
): number {
  let sum = 0;
  for (let row = y - 1; row <= y + 1; row++)
    for (let column = x - 1; column <= x + 1; column++) sum += celsius[row * width + column]!;
  return sum / 9;
}
