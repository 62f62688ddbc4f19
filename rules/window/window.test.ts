import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answer, createWindow, observe, type Window, type WindowFunction } from './window.ts';

const MINUTE = 60_000;
const T0 = 1_790_000_000_000 - (1_790_000_000_000 % (10 * MINUTE));

/** Readings each second of a function of the second, then the answers one second after the last. */
function over(windowMs: number, seconds: number, valueAt: (second: number) => number) {
  const window = createWindow();
  for (let s = 0; s <= seconds; s++) observe(window, T0 + s * 1_000, valueAt(s), windowMs);
  return (ask: WindowFunction) => answer(window, ask, T0 + seconds * 1_000 + 1_000, windowMs);
}

describe('a window', () => {
  it('gives back a constant, and nothing that it does not have', () => {
    const ask = over(MINUTE, 120, () => 5);
    expect([ask('avg'), ask('min'), ask('max'), ask('stddev'), ask('rate'), ask('delta')]).toEqual([5, 5, 5, 0, 0, 0]);
  });

  it('tells the rate of a ramp per hour, and its spread, as a uniform distribution has it', () => {
    const ask = over(10 * MINUTE, 1_200, (s) => s / 3_600);
    expect(ask('rate')).toBeCloseTo(1, 9);
    // The window slides in steps of a sixtieth: 590 to 600 s of the ramp.
    expect(ask('stddev')! * 3_600 * Math.sqrt(12)).toBeCloseTo(591, 0);
    expect(ask('delta')! * 3_600).toBeGreaterThan(588);
  });

  it('weighs a value with the time it stood', () => {
    const window = createWindow();
    for (const [second, value] of [
      [0, 10],
      [10, 10],
      [20, 40],
      [21, 10],
      [30, 10],
      [40, 10],
      [50, 10],
      [59, 10],
    ] as const)
      observe(window, T0 + second * 1_000, value, MINUTE);
    expect(answer(window, 'avg', T0 + 59_999, MINUTE)).toBeCloseTo((59 * 10 + 40) / 60, 2);
    expect(answer(window, 'sum', T0 + 59_999, MINUTE)).toBe(110);
    expect(answer(window, 'count', T0 + 59_999, MINUTE)).toBe(8);
    expect(answer(window, 'max', T0 + 59_999, MINUTE)).toBe(40);
  });

  it('is unknown while less than half of its time is known, but for its count', () => {
    const young = over(MINUTE, 20, () => 5);
    expect([young('avg'), young('max'), young('count')]).toEqual([null, null, 21]);
    const gaps = over(MINUTE, 120, (s) => (s % 3 === 0 ? 5 : Number.NaN));
    expect(gaps('avg')).toBeNull();
    const dead = createWindow();
    for (let s = 0; s <= 60; s++) observe(dead, T0 + s * 1_000, 5, MINUTE);
    expect(answer(dead, 'avg', T0 + 80_000, MINUTE)).toBe(5);
    expect(answer(dead, 'avg', T0 + 110_000, MINUTE)).toBeNull();
    expect(answer(dead, 'count', T0 + 500_000, MINUTE)).toBe(0);
  });

  it('remembers a bounded amount, whatever it is given', () => {
    const window = createWindow();
    for (let i = 0; i < 20_000; i++) observe(window, T0 + i * 37, i, MINUTE);
    expect(window.buckets.length).toBeLessThanOrEqual(60);
    expect(JSON.stringify(window).length).toBeLessThan(12_000);
  });

  it('answers as one that keeps every reading does, and the same after a restart anywhere', () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 9_000 }), fc.option(fc.integer({ min: -50, max: 50 }), { freq: 8 })),
      { minLength: 2, maxLength: 120 },
    );
    fc.assert(
      fc.property(steps, fc.nat(120), (readings, cut) => {
        let window: Window = createWindow();
        const kept: { at: number; value: number }[] = [];
        let at = T0;
        for (const [i, [gap, value]] of readings.entries()) {
          at += gap;
          if (i === cut) window = JSON.parse(JSON.stringify(window)) as Window;
          observe(window, at, value ?? Number.NaN, MINUTE);
          kept.push({ at, value: value ?? Number.NaN });
        }
        const from = (Math.floor(at / 1_000) - 59) * 1_000;
        const inside = kept.filter((each) => each.at >= from && !Number.isNaN(each.value)).map(({ value }) => value);
        expect(answer(window, 'count', at, MINUTE)).toBe(inside.length);
        const known = heldTime(kept, from, at);
        const weight = known.reduce((sum, [ms]) => sum + ms, 0);
        const mean = known.reduce((sum, [ms, value]) => sum + ms * value, 0) / weight;
        const found = answer(window, 'avg', at, MINUTE);
        if (weight < (at - from) / 2 - 1) expect(found).toBeNull();
        else if (weight > (at - from) / 2 + 1) expect(found).toBeCloseTo(mean, 6);
      }),
      { numRuns: Number(process.env['WINDOW_RUNS'] ?? 300) },
    );
  });
});

/** How long each value stood inside the window, by keeping them all. */
function heldTime(kept: readonly { at: number; value: number }[], from: number, to: number): [number, number][] {
  return kept.flatMap(({ at, value }, i): [number, number][] => {
    const until = Math.min(kept[i + 1]?.at ?? to, at + MINUTE / 4);
    const ms = Math.min(until, to) - Math.max(at, from);
    return Number.isNaN(value) || ms <= 0 ? [] : [[ms, value]];
  });
}
