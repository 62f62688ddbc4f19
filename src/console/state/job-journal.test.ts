import { expect, test } from 'vitest';
import type { WorkOrderDetail } from '../api.generated.ts';
import { journalOf, lastSaid } from './job-journal.ts';

const event = (at: string, effect: WorkOrderDetail['events'][number]['effect'], explanation: string | null) => ({
  ...{ alert: 'a', at, effect, by: null, note: null, level: 'H', value: null, limit: null, explanation },
});
const events = [
  event('2026-11-22T08:00:00Z', 'raised', 'it shakes'),
  event('2026-11-22T09:00:00Z', 'changed', 'it shakes much'),
  event('2026-11-22T12:00:00Z', 'returned', 'it is quiet again'),
];
const actions = [
  { at: '2026-11-22T10:00:00Z', action: 'started' as const, by: 'Kim', note: null },
  { at: '2026-11-22T12:00:00Z', action: 'completed' as const, by: 'Kim', note: 'found a fault' },
];

test('alerts and people are told in one line of time, the newest first', () => {
  expect(journalOf({ events, actions }).map(({ what, by, alert }) => [what, by ?? alert])).toEqual([
    ...[
      ['completed', 'Kim'],
      ['returned', 'a'],
      ['started', 'Kim'],
    ],
    ...[
      ['changed', 'a'],
      ['raised', 'a'],
    ],
  ]);
});

test('what an alert said last is what was found, not that it is over', () => {
  expect(lastSaid(events, 'a')).toBe('it shakes much');
  expect(lastSaid(events, 'b')).toBeNull();
});
