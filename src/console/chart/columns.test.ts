import { describe, expect, test } from 'vitest';
import type { Point } from '../state/series.ts';
import { columnsOf, gapThreshold } from './columns.ts';

const good = (atMs: number, value = 1): Point => ({ atMs, value, quality: 'good' });
const everySecond = (fromMs: number, count: number) =>
  Array.from({ length: count }, (_, index) => good(fromMs + index * 1_000));

describe('a silence', () => {
  test('of much more than the pace of the tag breaks the line and is a gap', () => {
    const columns = columnsOf([...everySecond(0, 30), ...everySecond(60_000, 30)], 90_000);
    expect(columns.gaps).toEqual([{ fromMs: 29_000, toMs: 60_000, reason: 'no data' }]);
    expect(columns.line.filter((value) => value === null)).toHaveLength(1);
  });

  test('that still lasts is a gap up to now', () => {
    expect(columnsOf(everySecond(0, 30), 60_000).gaps).toEqual([{ fromMs: 29_000, toMs: 60_000, reason: 'no data' }]);
  });

  test('of a tag that is always slow is no gap', () => {
    const hourly = Array.from({ length: 24 }, (_, index) => good(index * 3_600_000));
    expect(columnsOf(hourly, 24 * 3_600_000).gaps).toEqual([]);
  });

  test('as long as the heartbeats of a tag with a deadband is no gap', () => {
    const bursts = Array.from({ length: 10 }, (_, index) => [...everySecond(index * 60_000, 5)]).flat();
    expect(gapThreshold(bursts)).toBeGreaterThan(60_000);
  });
});

describe('bad quality', () => {
  test('breaks the line, shades the time until the next trusted reading and keeps the number as a mark', () => {
    const points: Point[] = [
      good(0),
      { atMs: 1_000, value: 7, quality: 'bad' },
      { atMs: 2_000, value: null, quality: 'bad' },
      good(3_000),
    ];
    const columns = columnsOf(points, 3_000);
    expect(columns.line).toEqual([1, null, null, 1]);
    expect(columns.doubtful).toEqual([null, 7, null, null]);
    expect(columns.gaps).toEqual([{ fromMs: 1_000, toMs: 3_000, reason: 'bad quality' }]);
  });

  test('that is only uncertain stays on the line and is marked', () => {
    const columns = columnsOf([good(0), { atMs: 1_000, value: 2, quality: 'uncertain' }], 1_000);
    expect(columns.line).toEqual([1, 2]);
    expect(columns.doubtful).toEqual([null, 2]);
    expect(columns.gaps).toEqual([]);
  });
});

test('no readings are no columns', () => {
  expect(columnsOf([], 1_000)).toEqual({ atSeconds: [], line: [], doubtful: [], gaps: [] });
});
