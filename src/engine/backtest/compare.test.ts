import { describe, expect, it } from 'vitest';
import type { Asset } from '../../model/plant.ts';
import { compareEpisodes } from './compare.ts';
import { type Episode, EpisodeBook, type EpisodeMove } from './episodes.ts';
import { judgeEpisodes, type Label } from './judge.ts';

const episode = (from: number, to: number | null, more: Partial<Episode> = {}): Episode => ({
  rule: 'high',
  kind: 'machine',
  tag: 'p.a',
  asset: 'p',
  priority: 'high',
  from,
  to,
  level: 'H',
  value: 5,
  limit: 4,
  explanation: 'too high',
  ...more,
});

const move = (
  alert: string,
  effect: EpisodeMove['effect'],
  at: number,
  more: Partial<EpisodeMove> = {},
): EpisodeMove => ({
  alert,
  effect,
  at,
  rule: 'high',
  kind: 'machine',
  tag: 'p.a',
  asset: 'p',
  priority: 'high',
  level: 'H',
  value: 5,
  limit: 4,
  explanation: 'too high',
  ...more,
});

describe('episodes', () => {
  it('go from raised, or raised again, to returned or cleared, with the worst level', () => {
    const book = new EpisodeBook({ from: 100, most: 10 });
    book.take(move('0', 'raised', 50));
    book.take(move('0', 'returned', 90)); // before the beginning
    book.take(move('1', 'raised', 100));
    book.take(move('1', 'changed', 110, { level: 'HH', value: 9, limit: 8 }));
    book.take(move('1', 'changed', 120));
    book.take(move('1', 'returned', 130));
    book.take(move('1', 'raised again', 140));
    book.take(move('1', 'acknowledged', 150));
    book.take(move('1', 'cleared', 160));
    book.take(move('2', 'raised', 170));
    expect(book.finish()).toEqual([
      episode(100, 130, { level: 'HH', value: 9, limit: 8 }),
      episode(140, 160),
      episode(170, null),
    ]);
  });

  it('that were raised again are put where they would be if somebody had acknowledged', () => {
    const delaysOf = (rule: string) => (rule === 'high' ? { onDelayMs: 5, offDelayMs: 2 } : null);
    const book = new EpisodeBook({ from: 0, most: 10, delaysOf });
    for (const [effect, at] of [
      ['raised', 10],
      ['returned', 14],
      ['raised again', 20],
      ['returned', 26],
      ['raised again', 30],
      ['returned', 37],
      ['raised again', 40],
    ] as const) {
      book.take(move('1', effect, at));
      book.take(move('2', effect, at, { rule: 'other' }));
    }
    const told = (of: string) => book.finish().flatMap(({ rule, from, to }) => (rule === of ? [[from, to]] : []));
    expect(told('high')).toEqual([
      [10, 14],
      [35, 37],
      [45, null],
    ]);
    expect(told('other')).toHaveLength(4);
  });

  it('beyond the bound are counted', () => {
    const book = new EpisodeBook({ from: 0, most: 1 });
    for (const alert of ['1', '2', '3']) book.take(move(alert, 'raised', 1));
    expect([book.finish().length, book.dropped]).toEqual([1, 2]);
  });

  it('say what they say at their worst level', () => {
    const book = new EpisodeBook({ from: 0, most: 10 });
    book.take(move('1', 'raised', 1, { level: 'H', value: 5, limit: 4, explanation: 'above the high limit' }));
    book.take(move('1', 'changed', 2, { level: 'HH', value: 9, limit: 8, explanation: 'above the very high limit' }));
    book.take(move('1', 'changed', 3, { level: 'H', value: 6, limit: 4, explanation: 'above the high limit' }));
    expect(book.finish()).toMatchObject([
      { level: 'HH', value: 9, limit: 8, explanation: 'above the very high limit' },
    ]);
  });
});

describe('a comparison', () => {
  const kinds = (before: Episode[], now: Episode[]) =>
    compareEpisodes(before, now).map(({ kind, shiftMs }) => (shiftMs === null ? kind : `${kind} ${shiftMs}`));

  it('pairs what overlaps and tells by how much it moved', () => {
    const before = [episode(0, 10_000), episode(50_000, 60_000), episode(90_000, 99_000)];
    const now = [episode(500, 10_000), episode(45_000, 55_000), episode(95_000, null)];
    expect(kinds(before, now)).toEqual(['same 500', 'earlier -5000', 'later 5000']);
  });

  it('tells what is gone and what is new, for each tag by itself', () => {
    const before = [episode(0, 10_000), episode(30_000, 40_000)];
    const now = [episode(30_000, 40_000), episode(60_000, 70_000), episode(0, 10_000, { tag: 'p.b' })];
    expect(kinds(before, now)).toEqual(['gone', 'new', 'same 0', 'new']);
    expect(kinds([], [])).toEqual([]);
  });
});

describe('a judgement', () => {
  const assets: Asset[] = [
    { id: 'line', name: 'Line', parent: null, class: null, criticality: null },
    { id: 'p', name: 'Pump', parent: 'line', class: null, criticality: null },
  ];
  const label = (from: number, to: number, more: Partial<Label> = {}): Label => ({
    name: 'a fault',
    asset: 'p',
    tag: null,
    from,
    to,
    origin: 'label',
    ...more,
  });
  const judge = (episodes: Episode[], labels: Label[]) =>
    judgeEpisodes(episodes, labels, { assets, from: 0, coveredMs: 2 * 86_400_000 });

  it('counts hits with their lead time, misses, and false alarms a day', () => {
    const early = episode(1_000, 3_000);
    const alone = episode(80_000, 81_000);
    const { hits, misses, ...rest } = judge(
      [early, episode(2_000, 4_000, { rule: 'other' }), alone],
      [label(500, 10_000), label(20_000, 30_000)],
    );
    expect(hits).toEqual([{ label: label(500, 10_000), first: early, leadMs: 9_000 }]);
    expect(misses).toEqual([label(20_000, 30_000)]);
    expect(rest).toEqual({
      labels: 2,
      leadMs: { least: 9_000, median: 9_000, most: 9_000 },
      falseAlarms: [alone],
      falseAlarmCount: 1,
      falseAlarmsPerDay: 0.5,
    });
  });

  it('takes an alert below the asset of a label, and only the tag where one is named', () => {
    const seen = (more: Partial<Label>) => judge([episode(0, 1_000)], [label(0, 5_000, more)]).hits.length;
    expect([seen({ asset: 'line' }), seen({ tag: 'p.a' }), seen({ tag: 'p.b' }), seen({ asset: 'q' })]).toEqual([
      1, 1, 0, 0,
    ]);
  });

  it('does not take an instrument for a machine', () => {
    const { hits, falseAlarmCount } = judge([episode(0, 1_000, { kind: 'instrument' })], [label(0, 5_000)]);
    expect([hits.length, falseAlarmCount]).toEqual([0, 0]);
  });

  it('measures the lead to when the job was made, however long it stayed open', () => {
    const job = label(500, 900_000, { knownAt: 10_000 });
    const leads = (from: number) => judge([episode(from, null)], [job]).hits.map(({ leadMs }) => leadMs);
    expect([leads(1_000), leads(0), leads(20_000)]).toEqual([[9_000], [9_500], [0]]);
  });

  it('neither hits nor misses what was known before it begins, and calls no alert of it false', () => {
    const known = label(-9_000, 5_000, { knownAt: -1 });
    const found = judge([episode(1_000, 2_000), episode(6_000, 7_000)], [known]);
    expect(found).toMatchObject({ labels: 0, hits: [], misses: [], leadMs: null, falseAlarmCount: 1 });
  });
});
