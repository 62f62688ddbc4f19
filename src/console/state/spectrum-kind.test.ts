import { expect, it } from 'vitest';
import { firstKind } from './spectrum-kind.ts';

it('begins with the envelope while an alert of the bearing stands, and only then', () => {
  expect(firstKind('pump-1.de', [{ tag: 'pump-1.de.bearing' }])).toBe('envelope');
  expect(firstKind('pump-1.de', [{ tag: null }, { tag: 'pump-1.de.velocity_rms' }])).toBe('velocity');
  expect(firstKind('pump-1.de', [{ tag: 'pump-1.nde.bearing' }])).toBe('velocity');
});
