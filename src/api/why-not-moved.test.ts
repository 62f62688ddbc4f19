import { expect, it } from 'vitest';
import { whyNotMoved } from './why-not-moved.ts';

const alert = { state: 'returned', returnedAt: 1, acknowledgedBy: null } as const;

it('a reset of what nobody has acknowledged says to acknowledge it first', () => {
  expect(whyNotMoved('reset', alert)).toMatch(/^the condition has gone, but .* acknowledge it first, then reset it/);
  const standing = { ...alert, state: 'unacknowledged', returnedAt: null } as const;
  expect(whyNotMoved('reset', standing)).toMatch(/still holds: acknowledge it first, and reset it once/);
});

it('a reset of what still stands says to wait until its condition has gone', () => {
  const standing = { state: 'acknowledged', returnedAt: null, acknowledgedBy: 'Kim' } as const;
  expect(whyNotMoved('reset', standing)).toBe(
    'the condition of the alert still holds: it can be reset once that has gone',
  );
});

it('who acknowledges twice is told who did before', () => {
  const seen = { state: 'acknowledged', returnedAt: null, acknowledgedBy: 'Kim' } as const;
  expect(whyNotMoved('acknowledge', seen)).toBe(
    'the alert is acknowledged: Kim has acknowledged it already, there is nothing to acknowledge',
  );
});
