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
    '    with.after: 15s → 30s',
    '- rule vibration-high',
    '+ rule vibration-higher',
  ]);
});

test('the clock of a source is said as the plant file has it', () => {
  const [source] = plant.sources;
  const corrected = { ...source!, clock: { kind: 'correct', limitMs: 5_000 } as const };
  const change = (from: typeof plant.sources, to: typeof plant.sources) =>
    sayPlantChanges(comparePlants({ ...plant, sources: from }, { ...plant, sources: to }))
      .split('\n')
      .slice(1);
  expect(change([source!], [corrected])).toEqual(['    clock: "trust" → "correct"', '    clockLimit: nothing → 5s']);
  const wider = { ...corrected, clock: { kind: 'correct', limitMs: 10_000 } as const };
  expect(change([corrected], [wider])).toEqual(['    clockLimit: 5s → 10s']);
  expect(change([source!], [{ ...source!, clock: { kind: 'arrival' } }])).toEqual(['    clock: "trust" → "arrival"']);
});

test('the same plant has no difference', () => {
  expect(sayPlantChanges(comparePlants(plant, structuredClone(plant)))).toBe('no difference in the configuration');
});

test('of a rule the part that changed is said: times as they are written, words that came and went, the place in a long text', () => {
  const [rule] = plant.rules;
  const when = (limit: number) =>
    `tag("pump-1.speed") > 100.0 && tag("pump-1.load") > ${limit}.0 && tag("pump-1.flow") > 3.0`;
  const before = { ...rule!, on: ['a.x', 'a.y'], onDelayMs: 90_000, when: when(40) };
  const now = { ...before, on: ['a.y', 'a.z'], onDelayMs: 150_000, offDelayMs: 1_500, when: when(60) };
  const said = sayPlantChanges(
    comparePlants({ ...plant, rules: [{ ...before, offDelayMs: 0 }] }, { ...plant, rules: [now] }),
  );
  expect(said.split('\n').slice(1)).toEqual([
    '    on: +a.z -a.x',
    `    when: …ag("pump-1.load") > 40.0 && tag("pump-1.flow") > 3.0' → …ag("pump-1.load") > 60.0 && tag("pump-1.flow") > 3.0'`,
    '    onDelay: 90s → 150s',
    '    offDelay: 0ms → 1500ms',
  ]);
});

test('a rule on a class that changed is said once, with the number of its assets', () => {
  const [rule] = plant.rules;
  const ofClass = (id: string, high: number) =>
    Array.from({ length: 300 }, (_, i) => ({
      ...rule!,
      id: `${id}-pump-${i}`,
      on: [`pump-${i}.vibration`],
      when: `tag("pump-${i}.speed") > ${high}.0`,
    }));
  const other = { ...rule!, id: 'alone', on: ['pump-1.vibration'], when: null };
  const before = { ...plant, rules: [...ofClass('shaking', 4), { ...other, priority: 'low' as const }] };
  const now = {
    ...plant,
    rules: [...ofClass('shaking', 5), ...ofClass('fresh', 1), { ...other, priority: 'high' as const }],
  };
  const changes = comparePlants(before, now);
  expect(sayPlantChanges(changes).split('\n')).toEqual([
    '~ rule alone',
    '    priority: "low" → "high"',
    '+ rule fresh on 300 assets (pump-0, pump-1, pump-10, …)',
    '~ rule shaking on 300 assets (pump-0, pump-1, pump-10, …)',
    `    when: 'tag("<asset>.speed") > 4.0' → 'tag("<asset>.speed") > 5.0'`,
  ]);
});
