import { describe, expect, it } from 'vitest';
import { UnknownTags } from './unknown-tags.ts';

const source = { id: 'sensors', adoptLimit: 2 };
const ALL = { after: null, limit: 100 };
const reading = (tag: string, value: number) => ({ tag, at: 0, value, quality: 'good' as const });

describe('unknown tags', () => {
  it('are listed with when they were seen first and last, how often, and their newest value', () => {
    const unknown = new UnknownTags();
    unknown.note(reading('m.b', 1), source, 1_000);
    unknown.note(reading('m.a', 2), source, 2_000);
    unknown.note(reading('m.b', 3), source, 3_000);
    expect(unknown.list(ALL)).toEqual([
      { source: 'sensors', name: 'm.a', firstSeen: 2_000, lastSeen: 2_000, count: 1, value: 2 },
      { source: 'sensors', name: 'm.b', firstSeen: 1_000, lastSeen: 3_000, count: 2, value: 3 },
    ]);
  });

  it('beyond adoptLimit are counted and not kept, source by source', () => {
    const unknown = new UnknownTags();
    for (const name of ['m.a', 'm.b', 'm.c', 'm.d', 'm.c']) unknown.note(reading(name, 1), source, 0);
    unknown.note(reading('m.z', 1), { id: 'other', adoptLimit: 1 }, 0);
    expect(unknown.list(ALL).map(({ name }) => name)).toEqual(['m.z', 'm.a', 'm.b']);
    expect(unknown.notListed).toBe(3);
  });

  it('come page by page, in the order of source and name, whatever comes and goes between', () => {
    const unknown = new UnknownTags();
    const [a, b] = [
      { id: 'a', adoptLimit: 10 },
      { id: 'b', adoptLimit: 10 },
    ];
    for (const name of ['m.2', 'm.1', 'm.3']) for (const of of [b, a]) unknown.note(reading(name, 1), of, 0);
    const page = (after: { source: string; name: string } | null, source?: string) =>
      unknown.list({ after, limit: 2, source }).map((each) => `${each.source} ${each.name}`);
    expect(page(null)).toEqual(['a m.1', 'a m.2']);
    unknown.note(reading('m.25', 1), a, 0);
    unknown.forget('m.2');
    expect(page({ source: 'a', name: 'm.2' })).toEqual(['a m.25', 'a m.3']);
    expect(page({ source: 'a', name: 'm.25' })).toEqual(['a m.3', 'b m.1']);
    expect(page({ source: 'b', name: 'm.3' })).toEqual([]);
    expect(page(null, 'b')).toEqual(['b m.1', 'b m.3']);
  });

  it('make room when one is adopted', () => {
    const unknown = new UnknownTags();
    for (const name of ['m.a', 'm.b']) unknown.note(reading(name, 1), source, 0);
    unknown.forget('m.a');
    unknown.note(reading('m.c', 1), source, 0);
    expect(unknown.list(ALL).map(({ name }) => name)).toEqual(['m.b', 'm.c']);
  });
});
