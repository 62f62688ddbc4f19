import { expect, it } from 'vitest';
import type { Alert } from '../api.generated.ts';
import { firstOutWords } from './first-out.ts';

const alert = (id: string, more: Partial<Alert> = {}): Alert => ({
  id,
  rule: 'high',
  kind: 'machine',
  tag: 'pump.vibration',
  asset: 'pump',
  source: null,
  state: 'unacknowledged',
  level: null,
  priority: 'high',
  raisedAt: '2026-11-22T10:00:00Z',
  returnedAt: null,
  clearedAt: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  value: null,
  limit: null,
  explanation: '',
  workOrder: null,
  ...more,
});

it('the first of several is known as such as soon as another names it', () => {
  const [first, second, alone] = [alert('a'), alert('b', { firstOutAlert: 'a' }), alert('c')];
  const all = [first, second, alone];
  expect(all.map((each) => firstOutWords(each, all))).toEqual(['First out', 'After first out', null]);
  expect(firstOutWords(alert('a', { firstOut: true }), [])).toBe('First out');
});
