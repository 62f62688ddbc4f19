import { expect, test } from 'vitest';
import { sayCorrection } from './correction-words.ts';

test('the times of a correction are said by the clock of the plant, all else as it is', () => {
  const note =
    'late readings show that it would have been raised at 2026-11-23T13:32:10.250Z and lasted until 2026-11-23T23:00:00Z';
  expect(sayCorrection(note, 'Europe/Berlin')).toBe(
    'late readings show that it would have been raised at 2026-11-23 14:32:10 (Europe/Berlin) and lasted until 2026-11-24 00:00:00 (Europe/Berlin)',
  );
  const timeless = 'late readings show that it would have reached HH';
  expect(sayCorrection(timeless, 'Europe/Berlin')).toBe(timeless);
});
