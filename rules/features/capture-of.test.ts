import { describe, expect, it } from 'vitest';
import type { FramePoint } from '../../src/model/measuring-point.ts';
import { captureOf } from './capture-of.ts';
import { PUMP_DE } from './testbench.ts';

const PANEL: FramePoint = {
  ...{ kind: 'thermalFrame', id: 'panel', tag: 'panel.camera' },
  regions: [{ name: 'l1', x: 0, y: 0, width: 8, height: 8 }],
};
const POINTS = [PUMP_DE, PANEL];

describe('where a tag comes from', () => {
  it('is the point of the captures that it is a feature of', () => {
    expect(captureOf(POINTS, 'pump-1.de.bearing')).toEqual({ point: PUMP_DE, feature: 'bearing' });
    expect(captureOf(POINTS, 'panel.camera.l1.max')).toEqual({ point: PANEL, feature: 'l1.max' });
  });

  it.each(['pump-1.de', 'pump-1.de.pressure', 'pump-1.de2.bearing', 'panel.camera.l2.max', null])(
    'is no point for %s',
    (tag) => expect(captureOf(POINTS, tag)).toBeNull(),
  );
});
