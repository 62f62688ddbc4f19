import { describe, expect, it } from 'vitest';
import type { Source, Tag } from '../model/plant.ts';
import type { Reading } from '../model/reading.ts';
import { type NormaliseContext, normalise } from './normalise.ts';
import { TagRegistry } from './tag-registry.ts';

const NOW = 1_790_000_000_000;
const DAY_MS = 86_400_000;

const source: Source = {
  id: 'push',
  kind: 'http',
  adopt: 'auto',
  adoptLimit: 2,
  alertAfterMs: 0,
  priority: 'low',
  config: {},
  bindings: [],
};
const tag: Tag = {
  name: 'pump-1.vibration',
  asset: 'pump-1',
  unit: 'mm/s',
  source: 'push',
  range: [0, 50],
  deadband: 0.5,
  heartbeatMs: 10_000,
};

function contextOf(changes: Partial<NormaliseContext> = {}): NormaliseContext {
  const ids = new Map<string, number>();
  const tagId = (name: string) => {
    if (!ids.has(name)) ids.set(name, ids.size);
    return ids.get(name)!;
  };
  return {
    source,
    tags: new TagRegistry([tag]),
    logIds: { tagId },
    now: NOW,
    keepMs: 400 * DAY_MS,
    lastLogged: new Map(),
    ...changes,
  };
}

const reading = (changes: Partial<Reading> = {}): Reading => ({
  tag: tag.name,
  at: NOW,
  value: 1,
  quality: 'good',
  ...changes,
});

describe('normalise', () => {
  it('keeps only what leaves the deadband, and something at least every heartbeat', () => {
    const values = [1, 1.2, 1.49, 1.6, 1.6, 1.6];
    const { batch, deadbanded, withinDeadband } = normalise(
      values.map((value, i) => reading({ value, at: NOW - 20_000 + i * 3_000 })),
      contextOf(),
    );
    expect([...batch.value]).toEqual([1, 1.6]);
    expect(withinDeadband).toHaveLength(4);
    const context = contextOf({ lastLogged: new Map([[tag.name, deadbanded.at(-1)!]]) });
    expect([...normalise([reading({ value: 1.6, at: NOW - 5_000 })], context).batch.value]).toEqual([]);
    expect([...normalise([reading({ value: 1.6, at: NOW - 1_000 })], context).batch.value]).toEqual([1.6]);
  });

  it('never holds back a change of quality', () => {
    const { batch } = normalise(
      [reading({ at: NOW - 2 }), reading({ at: NOW - 1, value: null, quality: 'bad' }), reading()],
      contextOf(),
    );
    expect([...batch.quality]).toEqual([0, 2, 0]);
  });

  it('keeps a value outside its range as bad, with a status code', () => {
    const { batch } = normalise([reading({ value: 51 })], contextOf());
    expect([...batch.quality]).toEqual([2]);
    expect(batch.codes.get(0)).toBe(0x803c0000);
  });

  it('adopts new tags up to the limit of their source, and only valid names', () => {
    const names = ['a.x', 'b.y', 'c.z', 'no-dot', '.x', 'a.', 'a b.x', 'a.\u0000', "d.'; drop table reading --"];
    const { refused, batch } = normalise(
      names.map((name) => reading({ tag: name })),
      contextOf(),
    );
    expect(batch.tag.length).toBe(2);
    expect(refused.map(({ index, code }) => [index, code])).toEqual([
      [2, 'adopt_limit'],
      [3, 'invalid_tag'],
      [4, 'invalid_tag'],
      [5, 'invalid_tag'],
      [6, 'invalid_tag'],
      [7, 'invalid_tag'],
      [8, 'adopt_limit'],
    ]);
  });

  it('takes names that mean something to a program for mere names', () => {
    const context = contextOf({ source: { ...source, adoptLimit: 10 } });
    const { refused } = normalise(
      ['a.__proto__', 'a.toString', 'constructor.x', 'a.<img onerror>'].map((name) => reading({ tag: name })),
      context,
    );
    expect(refused).toEqual([]);
  });

  it('keeps times to the microsecond, as the database does, so that both agree on the partition', () => {
    const week = 604_800_000 * 2_950;
    const { batch } = normalise([reading({ at: week - 0.000244140625 })], contextOf({ now: week }));
    expect([...batch.at]).toEqual([week]);
  });

  it('adopts no tag for a reading that is not kept', () => {
    const context = contextOf();
    normalise(
      ['a.x', 'b.x', 'c.x'].map((name) => reading({ tag: name, at: 1 })),
      context,
    );
    expect(normalise([reading({ tag: 'd.x' })], context).refused).toEqual([]);
  });

  it('refuses times no clock can have, and doubts those ahead', () => {
    const times = [
      NOW + 11 * 60_000,
      NOW - 401 * DAY_MS,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      NOW + 61_000,
      NOW + 59_000,
    ];
    const { refused, batch } = normalise(
      times.map((at, i) => reading({ at, tag: i < 4 ? tag.name : `a.t${i}` })),
      contextOf(),
    );
    expect(refused.map(({ code }) => code)).toEqual(['too_new', 'too_old', 'invalid_time', 'invalid_time']);
    expect([...batch.quality]).toEqual([1, 0]);
  });

  it('marks history by a bit, gives it the code of an inserted entry, and takes all of it whatever the deadband', () => {
    const { batch, logged, deadbanded } = normalise(
      [
        reading({ historical: true, at: NOW - 2 }),
        reading({ historical: true, at: NOW - 1 }),
        reading({ historical: true, value: null, quality: 'bad', code: 0x80310000 }),
        reading({ historical: true, value: 60 }),
      ],
      contextOf(),
    );
    expect([...batch.quality]).toEqual([4, 4, 6, 6]);
    expect([...batch.codes]).toEqual([
      [2, 0x80310000],
      [3, 0x803c0000],
    ]);
    expect(logged.map(({ code }) => code)).toEqual([0x00a20000, 0x00a20000, 0x80310000, 0x803c0000]);
    expect(deadbanded).toEqual([]);
  });
});
