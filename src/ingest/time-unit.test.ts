import { describe, expect, it } from 'vitest';
import { refuse } from './normalise.ts';

const NOW = Date.UTC(2026, 10, 22);
const about = (at: number) =>
  refuse({ tag: 'm.a', at, value: 1, quality: 'good' }, { now: NOW, keepMs: 90 * 86_400_000 })?.reason;

describe('a time that is far from now', () => {
  it.each([
    ['seconds read as nanoseconds', NOW / 1e9, 'say precision=s'],
    ['milliseconds read as nanoseconds', NOW / 1e6, 'precision=ms'],
    ['seconds read as milliseconds', NOW / 1e3, 'looks like seconds where milliseconds are due'],
    ['microseconds read as milliseconds', NOW * 1e3, 'looks like microseconds'],
    ['nanoseconds read as milliseconds', NOW * 1e6, 'looks like nanoseconds'],
    ['a clock that stood', Date.UTC(2019, 0, 1), 'check the clock and the unit (ms)'],
    ['the beginning of 1970', 0, 'check the clock and the unit (ms)'],
    ['a clock a year ahead', Date.UTC(2027, 10, 22), 'check the clock and the unit (ms)'],
  ])('is told what it looks like: %s', (_, at, advice) => {
    expect(about(at)).toContain(advice);
  });
});
