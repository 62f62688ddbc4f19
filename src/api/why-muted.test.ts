import { expect, it } from 'vitest';
import type { BlindSpot } from '../model/asset-health.ts';
import { whyMuted } from './why-muted.ts';

const since = Date.UTC(2026, 10, 23, 13, 32, 10);
const spot: BlindSpot = { rule: 'high', tag: 'pump-1.vibration', reason: 'instrument', since, alert: 'a' };
const said = (spots: readonly BlindSpot[], when: string | null = null) =>
  whyMuted({ rule: 'high', inputs: ['pump-1.vibration'], when }, { blind: spots, timezone: 'Europe/Berlin' });

it('a rule that cannot judge says why, and since when by the clock of the plant', () => {
  expect(said([spot])).toBe(
    'something is wrong with the instrument of pump-1.vibration: see its alert, since 2026-11-23 14:32:10 (Europe/Berlin)',
  );
  expect(said([{ ...spot, reason: 'never heard', since: null, alert: null }])).toBe(
    'nothing has come of pump-1.vibration yet',
  );
});

it('a rule is muted, too, by a tag that its condition asks for, and by nothing else', () => {
  const speed = { ...spot, tag: 'pump-1.speed' };
  expect(said([speed], 'tag("pump-1.speed") > 100.0')).toContain('the instrument of pump-1.speed');
  expect(said([speed])).toBeNull();
  expect(said([{ ...spot, rule: 'other' }])).toBeNull();
});
