import { describe, expect, it } from 'vitest';
import type { Source, Tag } from '../model/plant.ts';
import type { Reading } from '../model/reading.ts';
import { RateLimits } from './conditioning/rate-limit.ts';
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
    rates: new RateLimits(),
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

it('a derived tag takes readings from the engine alone', () => {
  const derived = { value: 'tag("pump-1.a")', toleranceMs: 1 };
  const tags = new TagRegistry([{ ...tag, source: null, derived }]);
  const { batch, refused } = normalise([reading()], contextOf({ tags }));
  expect([batch.tag.length, refused[0]?.code]).toEqual([0, 'derived_tag']);
  const engine = { ...source, id: 'derived', kind: 'derived' };
  expect(normalise([reading()], contextOf({ tags, source: engine })).batch.tag).toHaveLength(1);
});

it('a tag that is measured takes no readings from the engine, which may still have some of when it was derived', () => {
  const engine = { ...source, id: 'derived', kind: 'derived' };
  const { batch, refused } = normalise([reading()], contextOf({ source: engine }));
  expect([batch.tag.length, refused[0]?.code]).toEqual([0, 'derived_tag']);
});

it('a tag whose source nobody knew belongs to the one that brings it', () => {
  const tags = new TagRegistry([], [{ name: 'rack.a', asset: 'rack', source: null }]);
  normalise([reading({ tag: 'rack.a' })], contextOf({ tags, source: { ...source, adopt: 'auto', adoptLimit: 1 } }));
  expect(tags.find('rack.a')?.source).toBe(source.id);
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
    const { batch, deadbanded } = normalise(
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
    expect(deadbanded).toEqual([]);
  });

  it('makes texts of the numbers of a tag that holds texts, and refuses those that may be others than were sent', () => {
    const batchTag: Tag = { ...tag, unit: null, range: null, deadband: 0, conditioning: { type: 'text' } };
    const sent = '[4711, 12.50, 1e21, 9007199254740991, 9007199254740992, -12345678901234567]';
    const { texts, refused } = normalise(
      (JSON.parse(sent) as number[]).map((value) => reading({ value })),
      contextOf({ tags: new TagRegistry([batchTag]) }),
    );
    expect(texts.map(({ index, reading: { text } }) => [index, text])).toEqual([
      [0, '4711'],
      [1, '12.5'],
      [3, '9007199254740991'],
    ]);
    expect(refused.map(({ index, code }) => [index, code])).toEqual([2, 4, 5].map((index) => [index, 'not_exact']));
  });

  it('scales and converts before it looks at the range, and refuses what no longer is a number', () => {
    const degrees: Tag = {
      ...tag,
      deadband: 0,
      range: [-50, 150],
      conditioning: { linear: { factor: 0.1, offset: -40 } },
    };
    const { batch, refused } = normalise(
      [
        reading({ value: 500 }),
        reading({ at: NOW - 1, value: 2_000 }),
        reading({ at: NOW - 2, value: null, quality: 'bad' }),
      ],
      contextOf({ tags: new TagRegistry([degrees]) }),
    );
    expect([...batch.value]).toEqual([10, 160, Number.NaN]);
    expect([...batch.quality]).toEqual([0, 2, 2]);
    expect(refused).toEqual([]);
    const huge: Tag = { ...degrees, conditioning: { linear: { factor: 1e300, offset: 0 } } };
    const over = normalise([reading({ value: 1e300 })], contextOf({ tags: new TagRegistry([huge]) }));
    expect(over.refused).toMatchObject([{ index: 0, code: 'not_finite' }]);
  });

  describe('a tag with a maxRate', () => {
    const limited: Tag = { ...tag, deadband: 0, conditioning: { maxRate: { count: 3, perMs: 1_000 } } };
    const at = (times: readonly number[]) => times.map((ms) => reading({ at: NOW - 10_000 + ms }));

    it('keeps the first readings of each second of their own time, and refuses the rest one by one', () => {
      const context = contextOf({ tags: new TagRegistry([limited]) });
      const { batch, refused } = normalise(at([0, 100, 200, 300, 999, 1_000, 1_001]), context);
      expect([...batch.at].map((time) => time - NOW + 10_000)).toEqual([0, 100, 200, 1_000, 1_001]);
      expect(refused.map(({ index, code }) => [index, code])).toEqual([
        [3, 'rate_limit'],
        [4, 'rate_limit'],
      ]);
      expect(normalise(at([1_002, 1_003]), context).refused.map(({ index }) => index)).toEqual([1]);
    });

    it('takes an hour of good readings at once from a gateway that was cut off', () => {
      const hour = Array.from({ length: 3_600 }, (_, i) => reading({ at: NOW - 3_600_000 + i * 1_000 }));
      expect(normalise(hour, contextOf({ tags: new TagRegistry([limited]) })).refused).toEqual([]);
    });

    it('does not count what its deadband leaves out', () => {
      const both: Tag = { ...limited, deadband: 0.5 };
      const readings = Array.from({ length: 50 }, (_, i) => reading({ at: NOW + i, value: i === 49 ? 9 : 1 }));
      const { refused, withinDeadband, batch } = normalise(readings, contextOf({ tags: new TagRegistry([both]) }));
      expect([refused.length, withinDeadband.length, batch.tag.length]).toEqual([0, 48, 2]);
    });
  });

  it('compares with the newest reading of a tag, also when a late one came in between', () => {
    const { batch, withinDeadband } = normalise(
      [reading({ value: 5 }), reading({ at: NOW - 5_000, value: 1 }), reading({ at: NOW + 1, value: 5.1 })],
      contextOf(),
    );
    expect([...batch.value]).toEqual([5, 1]);
    expect(withinDeadband.map(({ value }) => value)).toEqual([5.1]);
  });

  it('never holds back another reason for the same quality', () => {
    const uncertain = (code: number, at: number) => reading({ quality: 'uncertain', code, at });
    const { batch } = normalise([uncertain(0x40930000, NOW), uncertain(0x40940000, NOW + 1)], contextOf());
    expect(batch.tag.length).toBe(2);
  });
});
