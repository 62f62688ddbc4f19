import { expect, it } from 'vitest';
import type { FramePoint, WaveformPoint } from '../../src/model/measuring-point.ts';
import { featureTagsOf } from './features.ts';
import { sayFeature } from './say-feature.ts';

const point: WaveformPoint = {
  ...{ kind: 'waveform', id: 'de', tag: 'pump-1.de', unit: 'm/s2', speed: { kind: 'constant', shaftHz: 25 } },
  ...{ bearing: { bpfo: 3.6, bpfi: 5.4, bsf: 2.4, ftf: 0.4 }, teeth: 17, lineHz: 50, vanes: 6 },
};
const camera: FramePoint = {
  ...{ kind: 'thermalFrame', id: 'c', tag: 'panel.camera' },
  regions: [{ name: 'l1', x: 0, y: 0, width: 4, height: 4 }],
};

it('says of every feature what it is and what it is made of', () => {
  expect(sayFeature({ point, feature: 'velocity_rms' })).toBe(
    'vibration velocity, RMS, 10 to 1000 Hz (from 2 Hz below 600 rpm); worked out of the waveforms of pump-1.de',
  );
  for (const each of [point, camera]) {
    for (const { name } of featureTagsOf(each)) {
      const said = sayFeature({ point: each, feature: name });
      expect(said).toMatch(
        new RegExp(`^(?!${name};).{10,}; worked out of the (waveforms|thermal frames) of ${each.tag}$`),
      );
    }
  }
});
