import { describe, expect, it } from 'vitest';
import { boundRange } from './bound-range.ts';

const DAY_MS = 86_400_000;
const now = 20_000 * DAY_MS;
const inDays = (from: number, to: number, warmUp = 0, keep = 100) => {
  const asked = { from: now + from * DAY_MS, to: now + to * DAY_MS, warmUpMs: warmUp * DAY_MS };
  const bounded = boundRange(asked, { now, keepMs: keep * DAY_MS });
  return [(bounded.from - now) / DAY_MS, (bounded.to - now) / DAY_MS, bounded.warmUpMs / DAY_MS];
};

describe('the range of a back-test', () => {
  it('stays as it was asked for where there is history', () => {
    expect(inDays(-30, -1, 7)).toEqual([-30, -1, 7]);
  });

  it('ends now and begins with the oldest reading that is kept, and so does the warm-up', () => {
    expect(inDays(-19_000, 90_000, 300)).toEqual([-100, 0, 0]);
    expect(inDays(-95, -1, 300)).toEqual([-95, -1, 5]);
  });

  it('is refused where there can be no history', () => {
    expect(() => inDays(1, 2)).toThrow('there is no history of it');
    expect(() => inDays(-300, -200)).toThrow('there is no history of it');
  });

  it('is refused when it is too long with its warm-up', () => {
    expect(inDays(-390, 0, 10, 4_000)).toEqual([-390, 0, 10]);
    expect(() => inDays(-390, 0, 11, 4_000)).toThrow('longer than 400 days: ask for it in parts');
  });
});
