import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { requirePlantUnarmed } from '../plant-from-file.ts';
import { comparePlants, sayPlantChanges } from './compare-plants.ts';

const plant = requirePlantUnarmed(resolve(import.meta.dirname, '../../../test/scenarios/plants/hall.yaml'));

test('a plan names what is added, removed and changed, and no setting of an adapter', () => {
  const next = {
    ...plant,
    timezone: 'Europe/Berlin',
    sources: plant.sources.map((source) => ({ ...source, config: { ...source.config, password: 'secret' } })),
    rules: plant.rules
      .filter(({ id }) => id !== 'pressure-frozen')
      .map((rule) => (rule.id === 'vibration-high' ? { ...rule, id: 'vibration-higher' } : rule))
      .map((rule) => (rule.id === 'pump-1-silent' ? { ...rule, with: { after: 30_000 } } : rule)),
  };
  expect(sayPlantChanges(comparePlants(plant, next)).split('\n')).toEqual([
    '~ plant',
    '    timezone: "UTC" → "Europe/Berlin"',
    '~ adapter hall-plc',
    '    config: changed',
    '- rule pressure-frozen',
    '~ rule pump-1-silent',
    '    with: {"after":15000} → {"after":30000}',
    '- rule vibration-high',
    '+ rule vibration-higher',
  ]);
});

test('the same plant has no difference', () => {
  expect(sayPlantChanges(comparePlants(plant, structuredClone(plant)))).toBe('no difference in the configuration');
});
