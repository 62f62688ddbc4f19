import { expect, test } from 'vitest';
import { CHART_FIT, scaleRange, TREND_FIT } from './scale-range.ts';

test('a limit near the readings is in view', () => {
  const [low, high] = scaleRange([2, 3, 3.5], [4.5, 7.1], CHART_FIT) ?? [0, 0];
  expect(low).toBeLessThan(2);
  expect(high).toBeGreaterThan(7.1);
});

test('a limit far away does not flatten the readings', () => {
  const [, high] = scaleRange([2, 2.1], [4, 1_000], CHART_FIT) ?? [0, 0];
  expect(high).toBeLessThan(10);
});

test('a small trend takes a more distant limit into view than a chart', () => {
  expect(scaleRange([1.3, 1.5], [4.5], CHART_FIT)?.[1]).toBeLessThan(4.5);
  expect(scaleRange([1.3, 1.5], [4.5], TREND_FIT)?.[1]).toBeGreaterThan(4.5);
});

test('the noise of a steady value does not fill the height', () => {
  const [low, high] = scaleRange([1480, 1484], [], CHART_FIT) ?? [0, 0];
  expect(high - low).toBeGreaterThan(40);
});

test('a steady value is in the middle of its own scale, not on the edge', () => {
  const [low, high] = scaleRange([50, 50], [], CHART_FIT) ?? [0, 0];
  expect(low).toBeLessThan(50);
  expect(high).toBeGreaterThan(50);
});

test('a steady zero has a scale too', () => {
  const [low, high] = scaleRange([0], [], CHART_FIT) ?? [0, 0];
  expect(low).toBeLessThan(high);
});

test('without readings the limits alone make the scale, and without limits there is none', () => {
  expect(scaleRange([], [4.5, 7.1], CHART_FIT)?.[1]).toBeGreaterThan(7.1);
  expect(scaleRange([null, Number.NaN], [], CHART_FIT)).toBeNull();
});

test('shows a tag that is nothing but 0 between numbers that can be read', () => {
  const [low, high] = scaleRange([0, 0, null], [], CHART_FIT)!;
  expect(high - low).toBeGreaterThanOrEqual(1);
});
