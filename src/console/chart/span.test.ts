import { expect, test } from 'vitest';
import { boundsOf, spanAround } from './span.ts';

const minute = 60_000;

test('the span of the last minutes moves with the clock', () => {
  expect(boundsOf({ kind: 'moving', lengthMs: minute }, 10 * minute)).toEqual({
    fromMs: 9 * minute,
    toMs: 10 * minute,
  });
});

test('an alert that lasts is shown from before it was raised until now', () => {
  const span = spanAround({ raisedMs: 100 * minute, overMs: null }, 101 * minute);
  expect(boundsOf(span, 105 * minute)).toEqual({ fromMs: 97 * minute, toMs: 105 * minute });
});

test('an alert that is over is shown with some time after it, whatever the time is now', () => {
  const span = spanAround({ raisedMs: 100 * minute, overMs: 110 * minute }, 9_999 * minute);
  expect(boundsOf(span, 9_999 * minute)).toEqual({ fromMs: 95 * minute, toMs: 112 * minute });
});

test('the time before an alert that lasts for days is at most an hour', () => {
  const span = spanAround({ raisedMs: 0, overMs: null }, 5_000 * minute);
  expect(boundsOf(span, 5_000 * minute).fromMs).toBe(-60 * minute);
});
