import { expect, it } from 'vitest';
import type { Source } from '../model/plant.ts';
import { refuseTag } from './capture-intake.ts';
import { TagRegistry } from './tag-registry.ts';

const source: Source = {
  ...{ id: 'push', kind: 'http', adopt: 'ask', adoptLimit: 9, alertAfterMs: 0, priority: 'low' },
  ...{ config: {}, bindings: [] },
};

it('a waveform for an unknown tag is told to write the tag down, and sends nobody to a list that has it not', () => {
  const tags = new TagRegistry([], []);
  const refusal = refuseTag('pump-1.de', source, tags);
  expect(refusal).toMatchObject({ code: 'unknown_tag', reason: expect.stringContaining('under `waveforms:`') });
  expect(refusal?.reason).not.toContain('unknown tags');
  expect(refuseTag('pump-1.de', { ...source, adopt: 'auto' }, tags)).toBeNull();
});
