import { describe, expect, test } from 'vitest';
import type { TagRule, TagRules } from '../api.generated.ts';
import { plantClock } from '../text/time-text.ts';
import { aheadOf, limitLinesOf, NO_SIGHT, sightLines, sightOf } from './sight.ts';

const NONE: TagRule = {
  rule: 'press-1-normal',
  detect: 'auto',
  kind: 'machine',
  priority: 'medium',
  when: null,
  parked: null,
  learns: false,
  anew: null,
  muted: null,
  inputs: ['press-1.current'],
  state: 'watching',
  says: 'learnt what is normal (from 480 readings)',
  limits: [],
  zones: [],
  everyMs: 0,
  normal: null,
  course: null,
  forecast: null,
};
const seen = (...rules: Partial<TagRule>[]): TagRules => ({
  tag: 'press-1.current',
  unit: 'A',
  from: '2026-03-03T12:00:00.000Z',
  to: '2026-03-03T13:00:00.000Z',
  savedAt: null,
  rules: rules.map((rule) => ({ ...NONE, ...rule })),
  alerts: [
    { id: 'a1', rule: 'press-1-normal', priority: 'medium', raisedAt: '1970-01-01T00:00:01.000Z', clearedAt: null },
    {
      id: 'a2',
      rule: 'press-1-normal',
      priority: 'low',
      raisedAt: '1970-01-01T00:00:02.000Z',
      clearedAt: '1970-01-01T00:00:03.000Z',
    },
  ],
});
const at = { fromMs: 0, toMs: 10_000, without: null };
const normal = { value: 44, expected: 41, low: 40, high: 42 };
const quantity = (value: number) => `${value} A`;
const said = { quantity, clock: plantClock('Europe/Berlin'), nowMs: Date.UTC(2026, 2, 5) };

describe('what rules see', () => {
  test('over time is a band for each step, with what was judged', () => {
    const course = {
      stepMs: 1_000,
      at: [1_000, 5_000],
      value: [41, 44],
      expected: [41, 41],
      low: [40, 40],
      high: [42, 42],
    };
    expect(sightOf(seen({ normal, course }), at).normals).toEqual([
      [
        { fromMs: 1_000, toMs: 2_000, value: 41, expected: 41, low: 40, high: 42 },
        { fromMs: 5_000, toMs: 6_000, value: 44, expected: 41, low: 40, high: 42 },
      ],
    ]);
  });

  test('for all times is one band, of which no past value is claimed', () => {
    const [steps] = sightOf(seen({ normal }), at).normals;
    expect(steps).toEqual([{ fromMs: 0, toMs: 10_000, value: null, expected: 41, low: 40, high: 42 }]);
  });

  test('marks alerts and their ends, but not the one that the chart is about', () => {
    const marks = sightOf(seen(), { ...at, without: 'a1' }).moments.map(({ atMs, text }) => [atMs, text]);
    expect(marks).toEqual([
      [2_000, 'alert'],
      [3_000, 'cleared'],
    ]);
  });

  test('looks ahead until the forecast is over, where that can be seen', () => {
    const ahead = (p10At: number, p90At: number) => {
      const point = { at: 0, value: 2 };
      const forecast = { from: point, now: point, limit: 7.1, p10At, p50At: p10At, p90At };
      return aheadOf({ ...NO_SIGHT, forecasts: [forecast] }, { nowMs: 1_000, lengthMs: 100 });
    };
    expect(ahead(1_020, 1_060)).toBe(60);
    expect(ahead(1_020, 9_000)).toBe(100);
    expect(ahead(1_400, 9_000)).toBe(0);
    expect(ahead(900, 950)).toBe(0);
    expect(aheadOf(NO_SIGHT, { nowMs: 1_000, lengthMs: 100 })).toBe(0);
  });

  test('is said with the numbers of the band, the condition and the time of the mean', () => {
    const course = { stepMs: 1_000, at: [], value: [], expected: [], low: [], high: [] };
    const [line] = sightLines(seen({ normal, course, everyMs: 300_000, when: 'tag("a.b") > 1.0' }), said);
    expect(line?.text).toBe(
      '44 A where 40 A to 42 A is normal; learnt what is normal (from 480 readings), judged by means of 5 min, only while tag("a.b") > 1.0',
    );
  });

  test('says that a rule learns or was switched off, and nothing of plain limits', () => {
    const lines = sightLines(
      seen(
        { rule: 'a', state: 'learning', says: 'learning: 3 of 10 readings' },
        { rule: 'b', state: 'parked', says: 'too slow' },
        { rule: 'c', says: 'limits H 4 A' },
        { rule: 'd', state: 'muted', muted: 'nothing comes of press-1.current any more' },
      ),
      said,
    );
    expect(lines).toEqual([
      { rule: 'a', text: 'learning: 3 of 10 readings', learns: false },
      { rule: 'b', text: 'switched off: too slow', learns: false },
      { rule: 'd', text: 'does not judge now: nothing comes of press-1.current any more', learns: false },
    ]);
  });

  test('says of a rule that learns who had it learn anew and when, whatever else it has to say', () => {
    const anew = { at: '2026-03-03T12:00:00.000Z', by: 'Kim', note: 'new motor' };
    const [line] = sightLines(seen({ learns: true, anew, says: 'learnt from 50 readings' }), said);
    expect(line).toEqual({
      rule: 'press-1-normal',
      text: 'learnt from 50 readings; what it knew before 3 Mar 13:00 was forgotten (Kim: new motor)',
      learns: true,
    });
  });
});

test('zones are parted by lines with their values', () => {
  const zones = [
    { name: 'A', from: 0, to: 2.3 },
    { name: 'B', from: 2.3, to: 4.5 },
    { name: 'C', from: 4.5, to: null },
  ];
  const lines = limitLinesOf({ zones, limits: [] }, (value) => value.toFixed(2));
  expect(lines).toEqual([
    { level: null, value: 2.3, text: 'A/B 2.30' },
    { level: null, value: 4.5, text: 'B/C 4.50' },
  ]);
});
