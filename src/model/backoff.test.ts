import { describe, expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';

/** The pauses of one outage that begins at 0 and lasts `untilMs`. */
function pausesOf(random: () => number, untilMs: number): { readonly at: number; readonly waitMs: number }[] {
  const backoff = createBackoff(random);
  const pauses: { at: number; waitMs: number }[] = [];
  for (let now = 0; now < untilMs; ) {
    const waitMs = backoff.next(now);
    pauses.push({ at: now, waitMs });
    now += waitMs;
  }
  return pauses;
}

describe('the pauses between attempts', () => {
  it('are at most 2 s for two minutes, 4 s until the tenth, and 30 s from then on', () => {
    const pauses = pausesOf(() => 1, 3_600_000);
    expect(pauses.slice(0, 5).map(({ waitMs }) => waitMs)).toEqual([250, 500, 1_000, 2_000, 2_000]);
    const longest = (from: number, to: number) =>
      Math.max(...pauses.filter(({ at }) => at > from && at <= to).map(({ waitMs }) => waitMs));
    expect(longest(0, 120_000)).toBe(2_000);
    expect(longest(120_000, 600_000)).toBe(4_000);
    expect(longest(600_000, 3_600_000)).toBe(30_000);
  });

  it('are drawn from their upper half, so that sources that failed together do not return together', () => {
    const low = pausesOf(() => 0, 3_600_000);
    expect(low.slice(0, 4).map(({ waitMs }) => waitMs)).toEqual([125, 250, 500, 1_000]);
    expect(low.at(-1)?.waitMs).toBe(15_000);
  });

  it('begin from the start after a success', () => {
    const backoff = createBackoff(() => 1);
    for (const now of [0, 1_000, 2_000]) backoff.next(now);
    backoff.reset();
    expect(backoff.next(3_000)).toBe(250);
  });

  it('grow to one second when no success lasts, and from there when the next one fails to come', () => {
    const backoff = createBackoff(() => 1);
    const flaps = [0, 1_000, 2_000, 3_000, 4_000].map((now) => {
      const waitMs = backoff.next(now);
      backoff.renew();
      return waitMs;
    });
    expect(flaps).toEqual([250, 500, 1_000, 1_000, 1_000]);
    expect(backoff.next(5_000)).toBe(1_000);
    expect(backoff.next(6_000)).toBe(2_000);
    expect(backoff.next(700_000)).toBe(30_000);
    backoff.renew();
    expect(backoff.next(700_001)).toBe(1_000);
  });

  it('do not stay short because the clock was set back', () => {
    const backoff = createBackoff(() => 1);
    backoff.next(10_000_000);
    backoff.next(0);
    expect(backoff.next(600_001)).toBe(30_000);
  });
});
