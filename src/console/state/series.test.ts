import { describe, expect, test } from 'vitest';
import { type Point, Series, thin } from './series.ts';

const good = (atMs: number, value: number): Point => ({ atMs, value, quality: 'good' });

describe('a series', () => {
  test('is in order of time although readings arrive late', () => {
    const series = new Series({ windowMs: 60_000, maxPoints: 100 });
    series.load([good(1_000, 1), good(3_000, 3), good(2_000, 2)]);
    expect(series.points.map((point) => point.atMs)).toEqual([1_000, 2_000, 3_000]);
  });

  test('holds one reading per time, the last that arrived', () => {
    const series = new Series({ windowMs: 60_000, maxPoints: 100 });
    series.load([good(1_000, 1), good(2_000, 2), good(1_000, 9)]);
    expect(series.points).toEqual([good(1_000, 9), good(2_000, 2)]);
  });

  test('forgets what is older than its window, except the one reading before it', () => {
    const series = new Series({ windowMs: 2_000, maxPoints: 100 });
    for (let atMs = 0; atMs <= 10_000; atMs += 1_000) series.append(good(atMs, atMs));
    expect(series.points.map((point) => point.atMs)).toEqual([7_000, 8_000, 9_000, 10_000]);
  });

  test('never exceeds its bound and keeps the spike when it thins', () => {
    const series = new Series({ windowMs: 1_000_000_000, maxPoints: 200 });
    for (let index = 0; index < 10_000; index += 1) series.append(good(index * 100, index === 5_000 ? 99 : 1));
    expect(series.points.length).toBeLessThanOrEqual(200);
    expect(Math.max(...series.points.map((point) => point.value ?? 0))).toBe(99);
  });
});

test('a quality that flips with every reading does not break the bound', () => {
  const series = new Series({ windowMs: 1_000_000_000, maxPoints: 200 });
  for (let index = 0; index < 5_000; index += 1) {
    series.append({ atMs: index, value: 1, quality: index % 2 === 0 ? 'good' : 'bad' });
  }
  expect(series.points.length).toBeLessThanOrEqual(200);
  expect(series.points.at(-1)?.atMs).toBe(4_999);
});

describe('thinning', () => {
  test('keeps the lowest and the highest reading of a stretch, in order of time', () => {
    const points = Array.from({ length: 1_000 }, (_, index) => good(index, Math.sin(index / 20)));
    const thinned = thin(points, 100);
    expect(thinned.length).toBeLessThanOrEqual(110);
    expect([...thinned].sort((a, b) => a.atMs - b.atMs)).toEqual(thinned);
    expect(Math.max(...thinned.map((point) => point.value ?? 0))).toBeGreaterThan(0.999);
    expect(Math.min(...thinned.map((point) => point.value ?? 0))).toBeLessThan(-0.999);
  });

  test('keeps a single bad reading between good ones', () => {
    const points = Array.from({ length: 1_000 }, (_, index) => good(index, 1));
    points[500] = { atMs: 500, value: null, quality: 'bad' };
    expect(thin(points, 20)).toContainEqual({ atMs: 500, value: null, quality: 'bad' });
  });

  test('leaves a short series as it is', () => {
    expect(thin([good(1, 1), good(2, 2)], 10)).toEqual([good(1, 1), good(2, 2)]);
    expect(thin([], 10)).toEqual([]);
  });

  test('copes with readings of one time', () => {
    expect(thin([good(1, 1), good(1, 2), good(1, 3)], 2).length).toBeLessThanOrEqual(2);
  });
});
