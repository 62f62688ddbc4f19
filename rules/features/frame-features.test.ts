import { describe, expect, it } from 'vitest';
import type { FramePoint, Region } from '../../src/model/measuring-point.ts';
import { frameFeatures, frameFeatureTags } from './frame-features.ts';

const L1: Region = { name: 'l1', x: 2, y: 2, width: 5, height: 4 };
const L2: Region = { name: 'l2', x: 12, y: 0, width: 8, height: 12 };
const point: FramePoint = { kind: 'thermalFrame', id: 'panel', tag: 'panel.camera', regions: [L1, L2] };

/** 20 × 12 pixels of 30 °C with hot patches of 3 × 3 around their places. */
function picture(...spots: readonly (readonly [x: number, y: number, celsius: number])[]) {
  const celsius = new Float32Array(20 * 12).fill(30);
  for (const [x, y, hot] of spots)
    for (let row = y - 1; row <= y + 1; row++)
      for (let column = x - 1; column <= x + 1; column++) celsius[row * 20 + column] = hot;
  return { width: 20, height: 12, celsius };
}

function valuesOf(frame: ReturnType<typeof picture>): ReadonlyMap<string, number> {
  const found = frameFeatures(frame, point);
  if ('code' in found) throw new Error(found.reason);
  return found;
}

describe('the features of a thermal frame', () => {
  it('are the hot spot of the picture and of each region', () => {
    const values = valuesOf(picture([4, 4, 75], [15, 6, 50]));
    expect([values.get('hotspot'), values.get('hotspot_x'), values.get('hotspot_y')]).toEqual([75, 4, 4]);
    expect([values.get('l1.max'), values.get('l1.rise')]).toEqual([75, 45]);
    expect(values.get('l1.mean')).toBeCloseTo(30 + (45 * 9) / 20, 6);
    expect(values.get('l2.max')).toBe(50);
  });

  it('follow a hot spot that wanders', () => {
    const places = [4, 5, 6].map((x) => valuesOf(picture([x, 5, 80])).get('hotspot_x'));
    expect(places).toEqual([4, 5, 6]);
  });

  it('take a single bad pixel for none', () => {
    const frame = picture([4, 4, 60]);
    frame.celsius[6 * 20 + 15] = 200;
    const values = valuesOf(frame);
    expect(values.get('hotspot')).toBe(60);
    expect(values.get('l2.max')).toBeCloseTo(30 + 170 / 9, 4);
  });

  it('are those that the point has tags for', () => {
    expect(frameFeatureTags(point).map(({ name }) => name)).toEqual([...valuesOf(picture()).keys()]);
  });

  it('are refused where a region is not in the picture', () => {
    const small = { width: 10, height: 8, celsius: new Float32Array(80).fill(30) };
    const found = frameFeatures(small, point);
    expect('code' in found && found).toMatchObject({
      code: 'invalid_size',
      reason: 'region l2 ends at 20, 12, outside of 10 × 8 pixels: was the camera changed?',
    });
  });
});
