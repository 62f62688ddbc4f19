import { expect, it } from 'vitest';
import { plantClock } from '../text/time-text.ts';
import { timeLabels } from './time-axis.ts';

const clock = plantClock('Europe/Berlin');
const seconds = (text: string) => Date.parse(text) / 1_000;

it('says the date where a day of the plant begins, and the time in between', () => {
  const splits = ['2026-03-02T11:00Z', '2026-03-02T23:00Z', '2026-03-03T11:00Z'].map(seconds);
  expect(timeLabels(splits, 43_200, clock)).toEqual(['12:00', '3 Mar', '12:00']);
});

it('says months with their year where labels are months apart', () => {
  const splits = ['2025-12-31T23:00Z', '2026-02-28T23:00Z'].map(seconds);
  expect(timeLabels(splits, 59 * 86_400, clock)).toEqual(['Jan 2026', 'Mar 2026']);
});

it('says dates only where labels are days apart, and seconds where they are less than a minute apart', () => {
  expect(timeLabels([seconds('2026-03-02T12:00Z')], 86_400, clock)).toEqual(['2 Mar']);
  expect(timeLabels([seconds('2026-03-02T12:00:30Z')], 30, clock)).toEqual(['13:00:30']);
});
