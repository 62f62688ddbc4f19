import { expect, test } from 'vitest';
import type { Alert } from '../api.generated.ts';
import { alertMarks } from './alert-marks.ts';

const assets = [
  { id: 'line', parent: null },
  { id: 'pump', parent: 'line' },
  { id: 'motor', parent: 'pump' },
  { id: 'fan', parent: null },
];
const alert = (id: string, over: Partial<Alert> = {}) =>
  ({ id, state: 'unacknowledged', level: 'H', ...over }) as Alert; // no more is looked at

const calm = new Map([['motor', [alert('a')]]]);

test('an alert of another asset changes nothing', () => {
  const more = new Map([...calm, ['fan', [alert('b')]]]);
  for (const of of ['line', 'pump', 'motor']) expect(alertMarks(of, more, assets)).toBe(alertMarks(of, calm, assets));
  expect(alertMarks('fan', more, assets)).not.toBe(alertMarks('fan', calm, assets));
  expect(alertMarks(null, more, assets)).not.toBe(alertMarks(null, calm, assets));
});

test.each([{ state: 'acknowledged' as const }, { level: 'HH' as const }])(
  'an alert of a part that is now %o changes what it is a part of',
  (over) => {
    const changed = new Map([['motor', [alert('a', over)]]]);
    for (const of of ['line', 'pump', 'motor', null])
      expect(alertMarks(of, changed, assets)).not.toBe(alertMarks(of, calm, assets));
    expect(alertMarks('fan', changed, assets)).toBe(alertMarks('fan', calm, assets));
  },
);
