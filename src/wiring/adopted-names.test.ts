import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { adapters } from '../../adapters/index.ts';
import { detectors } from '../../rules/index.ts';
import { loadPlant } from '../config/load.ts';
import { formatProblem } from '../config/problems.ts';
import { TagRegistry } from '../ingest/tag-registry.ts';
import type { Source } from '../model/plant.ts';

const PUSH: Source = {
  id: 'push',
  kind: 'http',
  adopt: 'auto',
  adoptLimit: 1_000,
  alertAfterMs: 0,
  priority: 'low',
  config: {},
  bindings: [],
};

const isAdopted = (asset: string, tag: string) => 'tag' in new TagRegistry([]).resolve(`${asset}.${tag}`, PUSH);

/** What is wrong with a plant file that lists a tag, judges it, and computes another one from it. */
function list(asset: string, tag: string): readonly string[] {
  const plant = {
    plant: 'names',
    adapters: { push: { kind: 'http' } },
    assets: { [asset]: { class: 'pump', tags: { [tag]: { from: 'push', unit: 'bar' } } } },
    derived: { [`${asset}.d ${tag.slice(0, 190)}`]: { value: `tag(${JSON.stringify(`${asset}.${tag}`)}) * 2.0` } },
    rules: {
      high: { on: `${asset}.${tag}`, detect: 'limit', with: { high: 5 } },
      all: { on: `class:pump.${tag}`, detect: 'limit', with: { high: 6 } },
      [`all-${asset}`.slice(0, 100)]: { on: `${asset}.${tag}`, detect: 'limit', with: { high: 7 } },
    },
  };
  const text = stringify(plant, { defaultKeyType: 'QUOTE_DOUBLE' }); // or `<<` would be one of YAML's own words
  const readSecret = () => '';
  const loaded = loadPlant({ text, file: 'p.yaml', adapters, detectors, env: {}, readSecret, secrets: 'required' });
  if (!loaded.ok) return loaded.problems.map(formatProblem);
  expect(loaded.plant.tags.map(({ name }) => name)).toContain(`${asset}.${tag}`);
  return [];
}

describe('a tag that a source may bring', () => {
  it.each([
    ['Presse_1', 'Öldruck vorn'],
    ['PRESS-1', 'DB1.DBX0.0'],
    ['press-1', 'ns=2;s=Motor/Drehzahl [1/min]'],
    ['press-1', 'a:b'],
    ['press-1', '温度'],
  ])('can be listed in a plant file: %s.%s', (asset, tag) => {
    expect([isAdopted(asset, tag), list(asset, tag)]).toEqual([true, []]);
  });

  it('can be listed whatever it is called, and no other can', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('A', 'z', '_', '-', ' ', 'ß', '"', "'", ':', '#', '.'), maxLength: 8 }),
      fc.constantFrom('__proto__', 'constructor', 'null', 'true', '1.5', '1e3', '~', '<<', 'x'.repeat(201)),
    );
    const asset = fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/), part).filter((id) => !id.includes('.'));
    fc.assert(
      fc.property(asset, part, (id, tag) => {
        // A text in CEL writes what is rare otherwise than JSON does; those are named by the examples above.
        fc.pre(!/["'\\$]/.test(tag));
        expect(list(id, tag).length === 0).toBe(isAdopted(id, tag));
      }),
      { numRuns: 100 },
    );
  });
});
