import { describe, expect, it } from 'vitest';
import type { Source } from '../model/plant.ts';
import { TagRegistry } from './tag-registry.ts';

const sourceOf = (id: string, adopt: Source['adopt'], adoptLimit: number): Source => ({
  id,
  kind: 'http',
  adopt,
  adoptLimit,
  alertAfterMs: 0,
  priority: 'low',
  config: {},
  bindings: [],
});

describe('the tags of an earlier run that was killed before it could say whose they are', () => {
  const killed = [
    { name: 'rack.a', asset: 'rack', source: null },
    { name: 'rack.b', asset: 'rack', source: 'push' },
  ];

  it('belong to the source that brings them again, and count for its adoptLimit', () => {
    const tags = new TagRegistry([], killed);
    const push = sourceOf('push', 'auto', 3);
    for (let again = 0; again < 3; again++)
      expect(tags.resolve('rack.a', push)).toMatchObject({ tag: { source: 'push' } });
    expect(tags.resolve('rack.c', push)).toMatchObject({ tag: { source: 'push' } });
    expect(tags.resolve('rack.d', push)).toMatchObject({ refused: 'adopt_limit' });
    expect(tags.countOf('push')).toBe(3);
  });

  it('do not belong to one that brings no new tags', () => {
    const tags = new TagRegistry([], killed);
    expect(tags.resolve('rack.a', sourceOf('plc', 'never', 3))).toMatchObject({ tag: { source: null } });
  });
});

describe('the tags of a plant file that is read again', () => {
  const rest = { asset: 'rack', source: 'plc', range: null, deadband: 0, heartbeatMs: 60_000 };
  const listed = (name: string, unit: string) => ({ ...rest, name, unit });

  it('are those that it lists now; what was adopted stays and counts until it is listed', () => {
    const tags = new TagRegistry([listed('rack.a', 'bar'), listed('rack.b', 'bar')]);
    const push = sourceOf('push', 'auto', 2);
    tags.resolve('rack.c', push);
    tags.resolve('rack.d', push);

    expect(tags.replaceListed([listed('rack.a', 'mbar'), listed('rack.c', 'bar')])).toEqual(['rack.b']);
    expect(tags.find('rack.a')).toMatchObject({ unit: 'mbar' });
    expect(tags.find('rack.b')).toBeUndefined();
    expect(tags.find('rack.c')).toMatchObject({ source: 'plc' });
    expect(tags.isUntold('rack.c')).toBe(false);
    expect(tags.resolve('rack.e', push)).toMatchObject({ tag: { source: 'push' } });
    expect(tags.resolve('rack.f', push)).toMatchObject({ refused: 'adopt_limit' });
    expect(tags.countOf('push')).toBe(2);
  });
});

describe('a name that somebody is adopting', () => {
  const sensors = sourceOf('sensors', 'ask', 2);
  const reading = (tag: string) => ({ tag, at: 0, value: 1, quality: 'good' as const });
  const registry = () => {
    const tags = new TagRegistry([]);
    // Another limit of the list than of the tags: more are listed than may be adopted.
    for (const name of ['m.a', 'm.b', 'm.c']) tags.unknown.note(reading(name), { ...sensors, adoptLimit: 10 }, 0);
    return tags;
  };

  it('takes its place at once, so that two at the same time do not exceed adoptLimit', () => {
    const tags = registry();
    expect(tags.claim('m.a', sensors)).toBeNull();
    expect(tags.claim('m.a', sensors)).toMatchObject({ code: 'duplicate' });
    expect(tags.claim('m.b', sensors)).toBeNull();
    expect(tags.claim('m.c', sensors)).toMatchObject({ code: 'adopt_limit' });
  });

  it('gives its place back when the database did not take it', () => {
    const tags = registry();
    for (const name of ['m.a', 'm.b']) tags.claim(name, sensors);
    tags.release('m.a');
    expect(tags.claim('m.c', sensors)).toBeNull();
    tags.release('m.c');
    tags.adopt({ name: 'm.c', asset: 'm', source: 'sensors' });
    expect(tags.claim('m.a', sensors)).toMatchObject({ code: 'adopt_limit' });
  });
});

describe('what a source says of its tags', () => {
  const edges = sourceOf('edges', 'auto', 10);
  const nature = (unit: string | null, range: readonly [number, number] | null = null) => ({ unit, range });

  it('is to be told to the database once, and again when it changes', () => {
    const tags = new TagRegistry([]);
    tags.describe('m.a', edges, nature('Cel', [0, 120]));
    tags.resolve('m.a', edges);
    expect(tags.tellOf('m.a')).toEqual({ name: 'm.a', asset: 'm', source: 'edges', unit: 'Cel', range: [0, 120] });
    tags.told(tags.tellOf('m.a'));
    tags.describe('m.a', edges, nature('Cel', [0, 120]));
    expect(tags.isUntold('m.a')).toBe(false);
    const before = tags.tellOf('m.a');
    tags.describe('m.a', edges, nature('Cel', [0, 150]));
    tags.told(before); // was on its way when more became known
    expect(tags.isUntold('m.a')).toBe(true);
    expect(tags.tellOf('m.a').range).toEqual([0, 150]);
  });

  it('is left out where it cannot be shown', () => {
    const tags = new TagRegistry([]);
    tags.describe('m.a', edges, nature('a\u0000b', [0, Number.POSITIVE_INFINITY]));
    tags.describe('m.b', edges, nature('x'.repeat(51), [3, 3]));
    tags.describe('m.c', sourceOf('plc', 'never', 0), nature('bar'));
    for (const name of ['m.a', 'm.b', 'm.c']) expect(tags.tellOf(name)).toMatchObject({ unit: null, range: null });
  });
});
