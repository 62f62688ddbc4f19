import { describe, expect, test } from 'vitest';
import { plantClock, sayAge, sayDue, sayDuration } from './time-text.ts';

const noonUtc = Date.UTC(2026, 2, 3, 12, 0, 5);

describe('the clock of a plant', () => {
  test('shows the time of the plant, not of the browser', () => {
    expect(plantClock('Europe/Berlin').time(noonUtc)).toBe('13:00:05');
    expect(plantClock('Asia/Kolkata').minute(noonUtc)).toBe('17:30');
  });

  test('midnight is 00, never 24', () => {
    expect(plantClock('UTC').time(Date.UTC(2026, 2, 3))).toBe('00:00:00');
  });

  test('adds the day when it is not today in the plant', () => {
    const clock = plantClock('Europe/Berlin');
    expect(clock.when(noonUtc, noonUtc + 60_000)).toBe('13:00:05');
    expect(clock.when(noonUtc, noonUtc + 86_400_000)).toBe('3 Mar 13:00');
  });

  test('a zone that does not exist is shown as UTC', () => {
    expect(plantClock('Mars/Olympus').time(noonUtc)).toBe('12:00:05');
  });
});

describe('a duration', () => {
  test.each([
    [-500, '0 s'],
    [8_400, '8 s'],
    [59_999, '59 s'],
    [240_000, '4 min'],
    [7_800_000, '2 h 10 min'],
    [7_200_000, '2 h'],
    [273_600_000, '3 d 4 h'],
  ])('of %d ms is said as %s', (durationMs, said) => {
    expect(sayDuration(durationMs)).toBe(said);
  });

  test('an age below five seconds is just now, also when the clocks disagree', () => {
    expect(sayAge(noonUtc, noonUtc + 4_000)).toBe('just now');
    expect(sayAge(noonUtc, noonUtc - 4_000)).toBe('just now');
    expect(sayAge(noonUtc, noonUtc + 125_000)).toBe('2 min ago');
  });

  test('a due time in the past is overdue', () => {
    expect(sayDue(noonUtc + 3_600_000, noonUtc)).toBe('in 1 h');
    expect(sayDue(noonUtc - 3_600_000, noonUtc)).toBe('overdue by 1 h');
  });
});
