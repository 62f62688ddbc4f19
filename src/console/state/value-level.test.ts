import { expect, test } from 'vitest';
import { valueLevel } from './value-level.ts';

const alert = { state: 'acknowledged', returnedAt: null, level: 'HH' } as const;

test('a value has the level of an alert that stands', () => {
  expect(valueLevel(alert)).toBe('HH');
  expect(valueLevel({ ...alert, state: 'returned', returnedAt: '2026-11-22T10:00:00Z' })).toBeNull();
});

test('the level of a forecast is not that of the value', () => {
  expect(valueLevel({ ...alert, rul: { at: '2026-11-22T10:00:00Z', p10: 70, p50: 96, p90: 120 } })).toBeNull();
});
