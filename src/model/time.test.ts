import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, sayDuration } from './duration.ts';
import { formatTime, parseTime } from './time.ts';

describe('times', () => {
  it.each([
    ['2026-11-21T10:42:03Z', Date.UTC(2026, 10, 21, 10, 42, 3)],
    ['2026-11-21T10:42:03.250Z', Date.UTC(2026, 10, 21, 10, 42, 3, 250)],
    ['2026-11-21t10:42:03z', Date.UTC(2026, 10, 21, 10, 42, 3)],
    ['2026-11-21T12:42:03+02:00', Date.UTC(2026, 10, 21, 10, 42, 3)],
    ['2026-11-21T05:12:03-05:30', Date.UTC(2026, 10, 21, 10, 42, 3)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2016-12-31T23:59:60Z', Date.UTC(2016, 11, 31, 23, 59, 59)],
  ])('%s is read', (text, at) => expect(parseTime(text)).toBe(at));

  it.each([
    '',
    '2026-11-21',
    '2026-11-21T10:42:03',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T10:60:00Z',
    '12',
    'now',
  ])('%j is none', (text) => expect(parseTime(text)).toBeNull());

  it('come back from text with their microseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000_000 }), (micros) => {
        const at = micros / 1_000;
        expect(Math.round(parseTime(formatTime(at))! * 1_000)).toBe(micros);
      }),
    );
  });

  it('are written as a Date writes them, in any year and refused when they are none', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        expect(formatTime(date.getTime())).toBe(date.toISOString());
      }),
    );
    expect(formatTime(Date.UTC(2026, 11, 31, 23, 59, 59, 999) + 0.9999)).toBe('2027-01-01T00:00:00.000Z');
    expect(() => formatTime(Number.NaN)).toThrow(RangeError);
  });
});

describe('durations', () => {
  it('are read with their unit, and nothing else is', () => {
    expect(['500ms', '30s', '1.5m', '2h', '7d', '4w', '10y'].map(parseDuration)).toEqual([
      500, 30_000, 90_000, 7_200_000, 604_800_000, 2_419_200_000, 315_576_000_000,
    ]);
    expect(['', '5', 's', '-1s', '1 s', '1e3s', '5min'].map(parseDuration)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  it('are said as a person would', () => {
    expect([400, 15_000, 119_000, 300_000, 7_800_000, 86_400_000, 604_800_000].map(sayDuration)).toEqual([
      '400 ms',
      '15 s',
      '119 s',
      '5 min',
      '2 h 10 min',
      '24 h',
      '7 d',
    ]);
  });
});
