import { expect, it } from 'vitest';
import type { Tag } from '../api.generated.ts';
import { originOf } from './tag-origin.ts';

const tag = (name: string, unit: string, says: string | null = null): Tag => ({
  ...{ name, asset: name.split('.')[0]!, type: null, unit, says, source: says === null ? 'plc' : null },
  ...{ range: null, latest: null, limits: [] },
});
const velocity = tag('pump-1.de.velocity_rms', 'mm/s', 'vibration velocity');
const raw = tag('pump-1.vibration', 'mm/s');

it('tells the vibration that an instrument sends from the one that is worked out of waveforms', () => {
  const tags = [raw, velocity, tag('pump-2.vibration', 'mm/s'), tag('pump-1.current', 'A')];
  expect(tags.map((one) => originOf(one, tags))).toEqual([
    'as its instrument sends it, with the band and the mean that are set there: not the same as pump-1.de.velocity_rms',
    'vibration velocity',
    null,
    null,
  ]);
});

it('takes no load for the slip of a bearing, which is a share of something else', () => {
  const load = tag('pump-1.load', '%');
  expect(originOf(load, [load, tag('pump-1.de.bearing_slip', '%', 'slip')])).toBeNull();
});
