import { describe, expect, it } from 'vitest';
import { dayEdges, plantDays } from './plant-day.ts';

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);
const edges = (zone: string, from: string, to: string, days = 1) =>
  dayEdges(plantDays(zone), { from: at(from), to: at(to), days }).map((edge) => new Date(edge).toISOString());

describe('the days of a plant', () => {
  it('have 23 hours in spring and 25 in autumn', () => {
    const days = plantDays('Europe/Berlin');
    const lengthOn = (text: string) => {
      const day = days.dayOf(at(text));
      return (days.beginOf(day + 1) - days.beginOf(day)) / HOUR;
    };
    expect(lengthOn('2026-03-29T12:00Z')).toBe(23);
    expect(lengthOn('2026-10-25T12:00Z')).toBe(25);
    expect(lengthOn('2026-10-26T12:00Z')).toBe(24);
  });

  it('begin at midnight there, also where clocks are half an hour off or ahead of UTC by 14', () => {
    expect(edges('Europe/Berlin', '2026-03-28T22:30Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-27T23:00:00.000Z',
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
      '2026-03-30T22:00:00.000Z',
    ]);
    expect(edges('Asia/Kolkata', '2026-01-01T18:30Z', '2026-01-02T18:30Z')).toEqual([
      '2026-01-01T18:30:00.000Z',
      '2026-01-02T18:30:00.000Z',
    ]);
    expect(edges('Pacific/Kiritimati', '2026-01-01T09:59Z', '2026-01-01T10:00Z')).toEqual([
      '2025-12-31T10:00:00.000Z',
      '2026-01-01T10:00:00.000Z',
    ]);
  });

  it('begin with their first moment where the clock is put forward over midnight', () => {
    // Santiago, 6 September 2026: after 23:59:59 comes 01:00.
    const days = plantDays('America/Santiago');
    const begin = days.beginOf(days.dayOf(at('2026-09-06T12:00Z')));
    expect(new Date(begin).toISOString()).toBe('2026-09-06T04:00:00.000Z');
    expect(days.dayOf(begin - 1)).toBe(days.dayOf(begin) - 1);
  });

  it('are those of 1970 UTC in UTC, in weeks that begin on Thursdays', () => {
    expect(edges('UTC', '2026-11-23T10:00Z', '2026-11-26T00:00Z', 7)).toEqual([
      '2026-11-19T00:00:00.000Z',
      '2026-11-26T00:00:00.000Z',
    ]);
  });
});
