import { describe, expect, test } from 'vitest';
import { UnitHealth } from './unit-health.ts';

const TIMEOUT_MS = 1_000;
const UNITS = Array.from({ length: 10 }, (_, i) => i + 1);

/** Scans ten units on a simulated clock as the scanner does; what each would take is the test's affair. */
function simulate(options: {
  readonly pollMs: number;
  readonly untilMs: number;
  /** How long unit 1 takes to answer at a time, ms; the others take 10. */
  readonly takesMs: (now: number) => number;
}) {
  const { pollMs, untilMs, takesMs } = options;
  const health = new UnitHealth(TIMEOUT_MS);
  const readAt = new Map<number, number[]>(UNITS.map((unit) => [unit, []]));
  let now = 0;
  const read = (unit: number) => {
    const takes = unit === 1 ? takesMs(now) : 10;
    const deadlineMs = health.deadlineMs(unit, now);
    const isAnswered = takes <= deadlineMs;
    now += isAnswered ? takes : deadlineMs;
    if (!isAnswered) return health.failed(unit, now);
    readAt.get(unit)?.push(now);
    health.answered(unit, takes);
    health.succeeded(unit, takes);
  };
  for (let slot = 0; now < untilMs; slot += pollMs * Math.max(1, Math.ceil((now - slot) / pollMs))) {
    now = Math.max(now, slot);
    const { regular, visits } = health.order(UNITS, now);
    for (const unit of regular) read(unit);
    const visitsFrom = now;
    for (const unit of visits) {
      read(unit);
      health.heldUp(now - slot - pollMs, now - visitsFrom, now);
      if (now > slot + pollMs) break;
    }
  }
  const meanPeriodMs = (unit: number) => untilMs / readAt.get(unit)!.length;
  return { meanPeriodMs, readAt: (unit: number) => readAt.get(unit)! };
}

describe('ten units on one bus', () => {
  test.each([200, 500, 1_000])(
    'one is dead from the start: the other nine keep a period of %d ms within 10 %%',
    (pollMs) => {
      const run = simulate({ pollMs, untilMs: 3_600_000, takesMs: () => Number.POSITIVE_INFINITY });
      expect(run.meanPeriodMs(2)).toBeLessThan(1.1 * pollMs);
      expect(run.readAt(1)).toEqual([]);
    },
  );

  test.each([200, 500, 1_000])('one dies and comes back by turns: the same at %d ms', (pollMs) => {
    const isAway = (now: number) => now % 300_000 < 150_000;
    const run = simulate({
      pollMs,
      untilMs: 3_600_000,
      takesMs: (now) => (isAway(now) ? Number.POSITIVE_INFINITY : 10),
    });
    expect(run.meanPeriodMs(2)).toBeLessThan(1.1 * pollMs);
  });

  test.each([200, 500])(
    'one is slow: the other nine keep a period of %d ms within 10 %%, and it is read all the same',
    (pollMs) => {
      const run = simulate({ pollMs, untilMs: 3_600_000, takesMs: () => 900 });
      expect(run.meanPeriodMs(2)).toBeLessThan(1.1 * pollMs);
      expect(run.meanPeriodMs(1)).toBeLessThan(15_000);
    },
  );

  test.each([5, 20, 55])('one that was away for %d s is read again within 5 s', (awayS) => {
    const [from, to] = [100_000, 100_000 + awayS * 1_000];
    const run = simulate({
      pollMs: 500,
      untilMs: 300_000,
      takesMs: (now) => (now >= from && now < to ? Number.POSITIVE_INFINITY : 10),
    });
    const back = run.readAt(1).find((at) => at > to)!;
    expect(back - to).toBeLessThan(5_000);
  });

  test("all equally slow is nobody's fault: all are read by turns", () => {
    const health = new UnitHealth(TIMEOUT_MS);
    for (const unit of UNITS) health.succeeded(unit, 400);
    expect(health.order(UNITS, 0)).toEqual({ regular: UNITS, visits: [] });
  });

  test('a unit that was silent for long is given all its time again', () => {
    const health = new UnitHealth(TIMEOUT_MS);
    health.answered(1, 20);
    health.failed(1, 0);
    expect(health.deadlineMs(1, 30_000)).toBe(200);
    expect(health.deadlineMs(1, 61_000)).toBe(TIMEOUT_MS);
  });

  test('a clock that was set back does not stretch the wait', () => {
    const health = new UnitHealth(TIMEOUT_MS);
    for (let i = 0; i < 10; i++) health.failed(1, 1_000_000);
    expect(health.order([1], 1_000_001).visits).toEqual([]);
    expect(health.order([1], 0).visits).toEqual([1]);
  });
});
