import { beforeEach, describe, expect, test } from 'vitest';
import type { Alert, Tag } from '../api.generated.ts';
import { applyAlert, applyAnswer, applyEvent } from './apply-event.ts';
import { createPlantState, type PlantState } from './plant-state.ts';

const tag: Tag = {
  name: 'pump-1.vibration',
  asset: 'pump-1',
  unit: 'mm/s',
  source: null,
  range: null,
  latest: null,
  type: null,
  limits: [],
  says: null,
};

const alert: Alert = {
  id: 'a1',
  rule: 'pump-1-vibration-high',
  kind: 'machine',
  tag: tag.name,
  asset: 'pump-1',
  source: null,
  state: 'unacknowledged',
  level: 'H',
  priority: 'high',
  raisedAt: '2026-03-03T12:00:00.000Z',
  returnedAt: null,
  clearedAt: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  value: 5,
  limit: 4.5,
  explanation: 'Vibration is 5 mm/s, above 4.5 mm/s.',
  workOrder: null,
};

const readings = (...batch: unknown[]) => JSON.stringify(batch);

let state: PlantState;

beforeEach(() => {
  state = createPlantState(0, { page: 'plant' });
  state.tags.value = new Map([[tag.name, tag]]);
  state.assets.value = [
    { id: 'pump-1', name: 'Feed pump 1', parent: null, class: null, criticality: null, tags: [tag.name] },
  ];
});

describe('readings', () => {
  test('move the value of their tag, and a late one moves only the past', () => {
    applyEvent(state, 'readings', readings({ tag: tag.name, at: 2_000, value: 3, quality: 'good' }));
    applyEvent(state, 'readings', readings({ tag: tag.name, at: 1_000, value: 9, quality: 'good' }));
    const live = state.live.of(tag.name);
    expect(live.latest.value?.value).toBe(3);
    expect(live.recent.points.map((point) => point.value)).toEqual([9, 3]);
  });

  test('reach who listens to the tag, until they stop', () => {
    const heard: number[] = [];
    const stop = state.live.listen(tag.name, (point) => heard.push(point.atMs));
    applyEvent(state, 'readings', readings({ tag: tag.name, at: 1, value: 1, quality: 'good' }));
    stop();
    applyEvent(state, 'readings', readings({ tag: tag.name, at: 2, value: 1, quality: 'good' }));
    expect(heard).toEqual([1]);
  });

  test('of a tag nobody knows ask for a new fetch', () => {
    const body = readings({ tag: 'new-1.speed', at: 1, value: 1, quality: 'good' });
    expect(applyEvent(state, 'readings', body)).toBe('unknown tags');
  });

  test('that are not JSON are refused', () => {
    expect(() => applyEvent(state, 'readings', '[{')).toThrow(SyntaxError);
  });
});

describe('an alert', () => {
  test('that is new is read out once, with its priority, asset and reason', () => {
    applyAlert(state, alert);
    expect(state.announcement.value).toBe(
      'New alert, priority high, Feed pump 1: Vibration is 5 mm/s, above 4.5 mm/s.',
    );
    state.announcement.value = '';
    applyAlert(state, { ...alert, level: 'HH' });
    expect(state.announcement.value).toBe('');
  });

  test('that was acknowledged elsewhere drops the refusal shown here', () => {
    applyAlert(state, alert);
    state.acknowledging.value = new Map([['a1', 'no answer']]);
    applyAlert(state, { ...alert, state: 'acknowledged' });
    expect(state.acknowledging.value.size).toBe(0);
    expect(state.active.value).toHaveLength(1);
  });

  test('that was reset elsewhere drops the refusal shown here', () => {
    const latched: Alert = { ...alert, state: 'acknowledged', returnedAt: '2026-03-03T12:10:00.000Z' };
    applyAlert(state, latched);
    state.resetting.value = new Map([['a1', 'no answer']]);
    applyAlert(state, latched);
    expect(state.resetting.value.size).toBe(1);
    applyAlert(state, { ...latched, state: 'normal', clearedAt: '2026-03-03T12:11:00.000Z' });
    expect(state.resetting.value.size).toBe(0);
  });

  test('that answers a command does not undo what the stream said since it was sent', () => {
    applyAlert(state, alert);
    const before = state.alerts.value.get('a1');
    const acknowledged: Alert = { ...alert, state: 'acknowledged', acknowledgedAt: '2026-03-03T12:01:00.000Z' };
    applyAnswer(state, acknowledged, before);
    expect(state.alerts.value.get('a1')).toBe(acknowledged);

    const latched: Alert = { ...acknowledged, returnedAt: '2026-03-03T12:02:00.000Z' };
    applyEvent(state, 'alert', JSON.stringify(latched));
    applyAnswer(state, acknowledged, before);
    expect(state.alerts.value.get('a1')).toEqual(latched);
  });

  test('that is still active is never forgotten, however many follow', () => {
    applyAlert(state, alert);
    for (let index = 0; index < 700; index += 1) {
      applyAlert(state, { ...alert, id: `b${index}`, state: 'normal', clearedAt: alert.raisedAt });
    }
    expect(state.alerts.value.has('a1')).toBe(true);
    expect(state.alerts.value.size).toBeLessThanOrEqual(500);
  });
});
