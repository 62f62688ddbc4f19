import { describe, expect, it } from 'vitest';
import type { Alert } from '../model/alert.ts';
import type { FramePoint } from '../model/measuring-point.ts';
import type { Transition } from '../model/transition.ts';
import { transitionMessage } from './message.ts';

const AT = 1_795_257_723_000;
const TRANSITION: Transition = {
  ...{ alert: '78ab26f1-7dba-8f7d-a106-40e559f569cc', rule: 'panel-hot', kind: 'machine', tag: 'panel.camera.l1.max' },
  ...{ asset: 'panel', source: 'push', priority: 'high', workOrder: null, effect: 'raised', state: 'unacknowledged' },
  ...{ at: AT, raisedAt: AT, level: 'H', finding: null, by: null, note: null, position: 7 },
};
const ALERT: Alert = {
  ...{ id: TRANSITION.alert, rule: 'panel-hot', kind: 'machine', tag: TRANSITION.tag, asset: 'panel', source: 'push' },
  ...{ state: 'unacknowledged', level: 'H', priority: 'high', raisedAt: AT, returnedAt: null, clearedAt: null },
  ...{ acknowledgedAt: null, acknowledgedBy: null, value: 54.2, limit: 50, explanation: 'hot', workOrder: null },
};
const CAMERA: FramePoint = {
  ...{ kind: 'thermalFrame', id: 'panel', tag: 'panel.camera' },
  regions: [{ name: 'l1', x: 0, y: 0, width: 4, height: 4 }],
};
const ABOUT = { workOrder: null, plant: 'works', timezone: 'Europe/Berlin', at: AT };
const pictureIn = (points?: readonly FramePoint[]) => {
  const { body } = transitionMessage(TRANSITION, ALERT, { ...ABOUT, points });
  return JSON.parse(body).data.picture;
};

describe('what people are told of an alert', () => {
  it('says where the picture is that it came from', () => {
    expect(pictureIn([CAMERA])).toBe('/api/v1/alerts/78ab26f1-7dba-8f7d-a106-40e559f569cc/picture');
  });

  it('names no picture where it came from a reading', () => {
    expect(pictureIn([{ ...CAMERA, regions: [] }])).toBeNull();
    expect(pictureIn()).toBeNull();
  });

  it('says what a correction says by the clock of the plant', () => {
    const note = 'late readings show that it would have been raised 20 s earlier, at 2026-11-21T10:42:03Z';
    const { body } = transitionMessage({ ...TRANSITION, effect: 'corrected', note }, ALERT, ABOUT);
    expect(JSON.parse(body).data.correction).toBe(
      'late readings show that it would have been raised 20 s earlier, at 2026-11-21 11:42:03 (Europe/Berlin)',
    );
  });
});
