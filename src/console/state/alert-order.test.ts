import { describe, expect, test } from 'vitest';
import type { Alert } from '../api.generated.ts';
import { activeAlerts, clearedAlerts, neighbour } from './alert-order.ts';

function alert(id: string, change: Partial<Alert> = {}): Alert {
  return {
    id,
    rule: 'pump-1-vibration-high',
    kind: 'machine',
    tag: 'pump-1.vibration',
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
    explanation: 'vibration is above 4.5 mm/s',
    workOrder: null,
    ...change,
  };
}

const ids = (alerts: readonly Alert[]) => alerts.map((one) => one.id);

describe('active alerts', () => {
  test('come worst first, whatever their age', () => {
    const list = activeAlerts([
      alert('low', { priority: 'low', raisedAt: '2026-03-03T12:05:00.000Z' }),
      alert('critical', { priority: 'critical', raisedAt: '2026-03-03T11:00:00.000Z' }),
      alert('high'),
    ]);
    expect(ids(list)).toEqual(['critical', 'high', 'low']);
  });

  test('of one priority put first what nobody has acknowledged, then what is newest', () => {
    const list = activeAlerts([
      alert('returned', { state: 'returned' }),
      alert('seen', { state: 'acknowledged' }),
      alert('old', { raisedAt: '2026-03-03T11:00:00.000Z' }),
      alert('new'),
    ]);
    expect(ids(list)).toEqual(['new', 'old', 'seen', 'returned']);
  });

  test('leave out what is over', () => {
    expect(activeAlerts([alert('b', { state: 'normal' })])).toEqual([]);
  });

  test('keep their places when everything is equal', () => {
    expect(ids(activeAlerts([alert('b'), alert('a')]))).toEqual(['a', 'b']);
  });
});

test('cleared alerts come with the last cleared first, and no more than asked for', () => {
  const cleared = (id: string, clearedAt: string) => alert(id, { state: 'normal', clearedAt });
  const list = clearedAlerts(
    [
      cleared('a', '2026-03-03T12:00:00Z'),
      cleared('b', '2026-03-03T13:00:00Z'),
      cleared('c', '2026-03-03T11:00:00Z'),
      alert('d'),
    ],
    2,
  );
  expect(ids(list)).toEqual(['b', 'a']);
});

test('moving through the list stops at both ends and starts at the top', () => {
  const list = [alert('a'), alert('b')];
  expect(neighbour(list, null, 1)?.id).toBe('a');
  expect(neighbour(list, 'a', 1)?.id).toBe('b');
  expect(neighbour(list, 'b', 1)?.id).toBe('b');
  expect(neighbour(list, 'a', -1)?.id).toBe('a');
  expect(neighbour([], null, 1)).toBeNull();
});
