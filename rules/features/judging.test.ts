import { expect, it } from 'vitest';
import { zoneOfVelocity } from './judging.ts';

it('says why the zone is not known: nobody told the machine, or the capture tells no velocity', () => {
  const told = { standard: 'iso-10816-3', group: '2', foundation: 'rigid' } as const;
  expect(zoneOfVelocity(1, told)).toMatchObject({ zone: 'A', said: expect.stringContaining('zone A at 1 mm/s') });
  expect(zoneOfVelocity(Number.NaN, told).said).toBe('ISO zone not known: this capture gives no vibration velocity');
  const { group: _, ...untold } = told;
  expect(zoneOfVelocity(1, untold).said).toContain('write power with its point under waveforms');
});
