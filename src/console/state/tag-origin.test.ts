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

it('names the point that the instrument sits at, not just any value in the same unit', () => {
  const [own, de, nde] = [
    tag('pump-1.vibration-nde', 'mm/s'),
    velocity,
    tag('pump-1.nde.velocity_rms', 'mm/s', 'velocity of the other end'),
  ];
  const line = tag('pump-1.de.1x', 'mm/s', 'one line of the spectrum');
  const speeds = [tag('pump-1.speed', '/min'), tag('pump-1.de.speed', '/min', 'speed of the shaft')];
  const tags = [line, de, nde, own, raw, ...speeds];
  expect(originOf(own, tags)).toMatch(/not the same as pump-1\.nde\.velocity_rms$/);
  expect(originOf(raw, tags)).toMatch(/not the same as pump-1\.de\.velocity_rms or pump-1\.nde\.velocity_rms$/);
  expect(originOf(speeds[0]!, tags)).toBeNull();
});
