import { expect, test } from 'vitest';
import type { Point } from '../state/series.ts';
import { sparkPath } from './spark-path.ts';

const good = (atMs: number, value: number): Point => ({ atMs, value, quality: 'good' });
const box = { fromMs: 0, toMs: 100_000, width: 100, height: 24, limits: [] };

test('a trend runs from left to right and upwards when the value rises', () => {
  const points = Array.from({ length: 101 }, (_, index) => good(index * 1_000, index));
  const { line, end } = sparkPath(points, box);
  expect(line.startsWith('M0 ')).toBe(true);
  expect(line.match(/M/g)).toHaveLength(1);
  expect(end?.x).toBe(100);
  expect(end?.y).toBeLessThan(4);
});

test('a bad reading breaks the trend', () => {
  const points: Point[] = [good(0, 1), good(1_000, 1), { atMs: 2_000, value: 1, quality: 'bad' }, good(3_000, 1)];
  expect(sparkPath(points, box).line.match(/M/g)).toHaveLength(2);
});

test('a limit in view has a place in the box', () => {
  const { limits } = sparkPath([good(0, 1), good(50_000, 3)], { ...box, limits: [4, 4_000] });
  expect(limits).toHaveLength(1);
  expect(limits[0]).toBeGreaterThan(0);
});

test('without readings nothing is drawn', () => {
  expect(sparkPath([], box)).toEqual({ line: '', limits: [], end: null });
});

test('a long history is drawn with a bounded number of points', () => {
  const points = Array.from({ length: 20_000 }, (_, index) => good(index * 5, Math.sin(index)));
  expect(sparkPath(points, box).line.match(/[ML]/g)?.length).toBeLessThanOrEqual(220);
});
