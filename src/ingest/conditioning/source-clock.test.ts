import { beforeEach, describe, expect, it } from 'vitest';
import type { ClockPolicy, Source } from '../../model/plant.ts';
import type { Reading } from '../../model/reading.ts';
import { createLogger } from '../../telemetry/log.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts';
import { createSourceClock } from './source-clock.ts';

const NOW = 1_790_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let metrics: Metrics;
beforeEach(() => {
  metrics = createMetrics();
});

function clockOf(clock?: ClockPolicy) {
  const source: Source = {
    id: 'plc',
    kind: 'mqtt',
    adopt: 'never',
    adoptLimit: 0,
    alertAfterMs: 0,
    priority: 'low',
    ...(clock && { clock }),
    config: {},
    bindings: [],
  };
  return createSourceClock(source, { metrics, logger: createLogger('silent') });
}

const reading = (at: number, tag = 'a.x'): Reading => ({ tag, at, value: 1, quality: 'good' });
const restamped = async () => (await metrics.ingestRestamped.get()).values[0]?.value ?? 0;

describe('the clock of a source', () => {
  it('that is trusted is taken as it is, without a copy', () => {
    const readings = [reading(NOW - 5 * MINUTE)];
    expect(clockOf().apply(readings, NOW)).toBe(readings);
  });

  it('that is worth nothing gives way to the time of arrival, and no two readings of a tag get the same', async () => {
    const clock = clockOf({ kind: 'arrival' });
    const first = clock.apply([reading(1), reading(1, 'a.y'), reading(1), reading(1)], NOW);
    const second = clock.apply([reading(1)], NOW);
    const times = [...first, ...second].filter(({ tag }) => tag === 'a.x').map(({ at }) => Math.round(at * 1_000));
    expect(new Set(times).size).toBe(4);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(first[0]!.at).toBe(NOW);
    expect(times.at(-1)! / 1_000 - NOW).toBeLessThan(0.01);
    expect(await restamped()).toBe(5);
  });

  it('that is worth nothing leaves the times of history', () => {
    const past = { ...reading(NOW - MINUTE), historical: true } as const;
    expect(clockOf({ kind: 'arrival' }).apply([past], NOW)).toEqual([past]);
  });

  describe('that is set wrong', () => {
    const correct = (limitMs = 5 * SECOND) => clockOf({ kind: 'correct', limitMs });
    /** A delivery each second of a source whose clock is ahead by `skewMs`, with some jitter. */
    const deliver = (clock: ReturnType<typeof correct>, n: number, skewMs: (i: number) => number) => {
      let last: readonly Reading[] = [];
      for (let i = 0; i < n; i++) {
        const now = NOW + i * SECOND;
        last = clock.apply([reading(now + skewMs(i) - (i % 7) * 40)], now);
      }
      return last[0]!.at - (NOW + (n - 1) * SECOND);
    };

    it('is corrected once it was measured, and history is asked for in its own time', async () => {
      const clock = correct();
      expect(Math.abs(deliver(clock, 40, () => 3 * MINUTE))).toBeLessThan(300);
      expect(Math.abs(clock.toSource(NOW) - NOW - 3 * MINUTE)).toBeLessThan(300);
      expect(await restamped()).toBe(30);
      expect((await metrics.sourceClockSkew.get()).values[0]!.value).toBeCloseTo(180, 0);
    });

    it('is left alone within the limit', () => {
      expect(deliver(correct(), 40, () => 4 * SECOND)).toBeGreaterThan(3 * SECOND);
    });

    it('gives the same time to the same reading while its skew wanders by less than half the limit', () => {
      const clock = correct();
      deliver(clock, 40, () => 3 * MINUTE);
      const once = clock.apply([reading(NOW)], NOW - 3 * MINUTE)[0]!.at;
      deliver(clock, 40, () => 3 * MINUTE + 2 * SECOND);
      expect(clock.apply([reading(NOW)], NOW - 3 * MINUTE)[0]!.at).toBe(once);
    });

    it('is not mistaken for a source that catches up', () => {
      const clock = correct();
      expect(deliver(clock, 60, (i) => -(60 - i) * 10 * SECOND)).toBeLessThan(-9 * SECOND);
      expect(clock.toSource(NOW)).toBe(NOW);
    });

    it('and hands over a backlog keeps its readings as far apart as they were', () => {
      const clock = correct();
      const stored = Array.from({ length: 60 }, (_, i) => {
        const sent = NOW - (60 - i) * 10 * SECOND + 3 * 60 * MINUTE;
        return clock.apply([reading(sent)], NOW + Math.floor(i / 10))[0]!.at;
      });
      expect(stored.slice(1).map((at, i) => at - stored[i]!)).toEqual(Array.from({ length: 59 }, () => 10 * SECOND));
    });

    it('that was set right again is trusted again', () => {
      const clock = correct();
      deliver(clock, 40, () => 3 * MINUTE);
      deliver(clock, 40, () => 0);
      expect(clock.toSource(NOW)).toBe(NOW);
    });
  });
});
