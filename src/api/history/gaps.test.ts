import { describe, expect, it } from 'vitest';
import type { Bucket, ReadingColumns } from '../../store/history.ts';
import { gapAfterOfBuckets, gapsOfBreaks, gapsOfReadings, keepLongest, mayHideGap, silencesOfBuckets } from './gaps.ts';

const S = 1_000;
const MINUTE = 60 * S;

function columns(seconds: readonly number[], bad: readonly number[] = []): ReadingColumns {
  return {
    at: Float64Array.from(seconds, (s) => s * S),
    value: Float64Array.from(seconds, () => 1),
    quality: Uint8Array.from(seconds, (s) => (bad.includes(s) ? 2 : 0)),
  };
}
const everySecond = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

function bucket(index: number, over: Partial<Bucket> = {}): Bucket {
  const firstAt = index * 20 * MINUTE;
  const rows = 20;
  const full = {
    index,
    n: 1200,
    nGood: 1200,
    nUsed: 1200,
    rows,
    firstAt,
    lastAt: firstAt + 19 * MINUTE,
    min: 0,
    max: 1,
  };
  return { ...full, ...over };
}

describe('gaps of readings', () => {
  it('are silences of three times the pace, inside and at the ends', () => {
    const readings = columns([...everySecond(60, 90), ...everySecond(150, 200)]);
    expect(gapsOfReadings(readings, { from: 0, to: 300 * S })).toEqual({
      gapAfterMs: 10 * S,
      gaps: [
        { from: 0, to: 60 * S, reason: 'no data' },
        { from: 89 * S, to: 150 * S, reason: 'no data' },
        { from: 199 * S, to: 300 * S, reason: 'no data' },
      ],
    });
  });

  it('are none for a tag that is always slow', () => {
    expect(gapsOfReadings(columns([0, 3600, 7200, 10_800]), { from: 0, to: 14_400 * S }).gaps).toEqual([]);
  });

  it('last from a bad reading to the next trusted one, and not into a silence', () => {
    const bad = [5, 6, 39];
    expect(
      gapsOfReadings(columns([...everySecond(0, 40), ...everySecond(100, 110)], bad), { from: 0, to: 110 * S }).gaps,
    ).toEqual([
      { from: 5 * S, to: 7 * S, reason: 'bad quality' },
      { from: 39 * S, to: 100 * S, reason: 'no data' },
    ]);
  });

  it('are the whole range when there is nothing', () => {
    expect(gapsOfReadings(columns([]), { from: 1, to: 2 }).gaps).toEqual([{ from: 1, to: 2, reason: 'no data' }]);
    expect(gapsOfReadings(columns([]), { from: 2, to: 1 }).gaps).toEqual([]);
  });

  it('never overlap and never leave the range', async () => {
    const { default: fc } = await import('fast-check');
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { maxLength: 80 }),
        fc.array(fc.integer({ max: 999 })),
        (seconds, bad) => {
          const { gaps } = gapsOfReadings(
            columns(
              seconds.sort((a, b) => a - b),
              bad,
            ),
            { from: 0, to: 1_000 * S },
          );
          let end = 0;
          for (const gap of gaps) {
            expect(gap.from).toBeGreaterThanOrEqual(end);
            expect(gap.to).toBeGreaterThan(gap.from);
            end = gap.to;
          }
          expect(end).toBeLessThanOrEqual(1_000 * S);
        },
      ),
    );
  });
});

describe('gaps of buckets', () => {
  it('go by the pace that rollups tell', () => {
    expect(gapAfterOfBuckets([bucket(0), bucket(1)], MINUTE)).toBe(10 * S);
    const hourly = [0, 3, 6, 9].map((index) => bucket(index, { n: 1, rows: 1, lastAt: index * 20 * MINUTE }));
    expect(gapAfterOfBuckets(hourly, MINUTE)).toBe(3 * 60 * MINUTE);
  });

  it('show between buckets', () => {
    const buckets = [bucket(0), bucket(1, { rows: 10, n: 600, lastAt: 29 * MINUTE }), bucket(4)];
    expect(silencesOfBuckets(buckets, { from: 0, to: 100 * MINUTE, grainMs: MINUTE, gapAfterMs: 10 * S })).toEqual([
      { from: 30 * MINUTE, to: 80 * MINUTE, reason: 'no data' },
    ]);
  });

  it('are looked for inside a bucket that lacks rows', () => {
    const full = Array.from({ length: 10 }, (_, i) => bucket(i));
    expect(mayHideGap(full, 20 * MINUTE, 10 * S)).toBe(false);
    const thin = full.map((each, i) => (i === 5 ? { ...each, rows: 17 } : each));
    expect(mayHideGap(thin, 20 * MINUTE, 10 * S)).toBe(true);
    expect(mayHideGap(thin, 20 * MINUTE, 30 * MINUTE)).toBe(false);
  });

  it('are made of breaks between rows', () => {
    const breaks = [
      { at: 0, before: null, bad: 'none', badBefore: null },
      { at: 5 * MINUTE, before: 4 * MINUTE, bad: 'some', badBefore: 'none' },
      { at: 6 * MINUTE, before: 5 * MINUTE, bad: 'all', badBefore: 'some' },
      { at: 10 * MINUTE, before: 7 * MINUTE, bad: 'none', badBefore: 'all' },
    ] as const;
    expect(gapsOfBreaks(breaks, { to: 20 * MINUTE, grainMs: MINUTE, gapAfterMs: 10 * S })).toEqual([
      { from: 5 * MINUTE, to: 6 * MINUTE, reason: 'partly bad' },
      { from: 6 * MINUTE, to: 8 * MINUTE, reason: 'bad quality' },
      { from: 8 * MINUTE, to: 10 * MINUTE, reason: 'no data' },
    ]);
  });

  it('are cut to the longest', () => {
    const gaps = [1, 5, 3].map((length, i) => ({ from: i * 10, to: i * 10 + length, reason: 'no data' as const }));
    expect(keepLongest(gaps, 2)).toEqual({ gaps: [gaps[1], gaps[2]], omitted: 1 });
  });
});
