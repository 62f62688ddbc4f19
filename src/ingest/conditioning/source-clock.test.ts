import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ClockPolicy, Source } from '../../model/plant.ts';
import type { Reading } from '../../model/reading.ts';
import { createLogger } from '../../telemetry/log.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts';
import { type KeptSkew, openKeptSkew } from './kept-skew.ts';
import { createSourceClock } from './source-clock.ts';

const NOW = 1_790_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let metrics: Metrics;
beforeEach(() => {
  metrics = createMetrics();
});

function clockOf(clock?: ClockPolicy, kept?: KeptSkew) {
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
  return createSourceClock(source, { metrics, logger: createLogger('silent') }, kept);
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

  describe('that was found wrong by an earlier run', () => {
    const CORRECT = { kind: 'correct', limitMs: 5 * SECOND } as const;
    const folder = () => {
      const directory = mkdtempSync(join(tmpdir(), 'millwright-clock-'));
      onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
      return directory;
    };
    const open = (directory: string, policy: ClockPolicy = CORRECT) =>
      clockOf(policy, openKeptSkew(directory, createLogger('silent')));
    const write = (directory: string, skewMs: number) =>
      writeFileSync(join(directory, 'clock.json'), JSON.stringify({ skewMs }));
    const read = (directory: string) => {
      try {
        return JSON.parse(readFileSync(join(directory, 'clock.json'), 'utf8')).skewMs;
      } catch {
        return null;
      }
    };
    /** One delivery of a source whose clock is ahead by `skewMs`; by how much its stored time is off. */
    const deliver = (clock: ReturnType<typeof open>, skewMs: number, i = 0) => {
      const now = NOW + i * SECOND;
      return clock.apply([reading(now + skewMs)], now)[0]!.at - now;
    };
    const HOUR = 60 * MINUTE;

    it.each([10 * HOUR, -10 * HOUR])('by %d ms is corrected from the first delivery on', async (skewMs) => {
      const directory = folder();
      const before = open(directory);
      for (let i = 0; i < 11; i++) deliver(before, skewMs, i);
      await vi.waitFor(() => expect(read(directory)).toBe(skewMs));
      expect(deliver(open(directory), skewMs + 300)).toBe(300);
    });

    it.each([10 * HOUR, -10 * HOUR])(
      'by %d ms and set right since is trusted at once, and forgotten',
      async (skewMs) => {
        const directory = folder();
        write(directory, skewMs);
        const clock = open(directory);
        for (let i = 0; i < 11; i++) expect(deliver(clock, -300, i)).toBe(-300);
        expect(clock.toSource(NOW)).toBe(NOW);
        await vi.waitFor(() => expect(read(directory)).toBe(null));
      },
    );

    it('is corrected while it hands over what waited for the restart', () => {
      const directory = folder();
      write(directory, 10 * HOUR);
      const clock = open(directory);
      expect(deliver(clock, 10 * HOUR - 20 * MINUTE)).toBe(-20 * MINUTE);
    });

    it('is doubted no longer than until it is measured: what waits hours is no right clock', () => {
      const directory = folder();
      write(directory, 3 * HOUR);
      const clock = open(directory);
      for (let i = 0; i < 20; i++) deliver(clock, 3 * HOUR, i);
      expect(deliver(clock, 0, 20)).toBe(-3 * HOUR);
    });

    it('is forgotten when its policy is another', async () => {
      const directory = folder();
      write(directory, 10 * HOUR);
      open(directory, { kind: 'arrival' });
      await vi.waitFor(() => expect(read(directory)).toBe(null));
    });

    it('is written when it is to be kept again after the disk refused it', async () => {
      const directory = join(folder(), 'source');
      writeFileSync(directory, 'no folder');
      const logger = createLogger('silent');
      const warn = vi.spyOn(logger, 'warn');
      const kept = openKeptSkew(directory, logger);
      kept.keep(HOUR);
      await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1));
      rmSync(directory);
      kept.keep(HOUR);
      await vi.waitFor(() => expect(read(directory)).toBe(HOUR));
    });

    it.each(['', '{', '{"skewMs":"3"}', '{"skewMs":1e400}', '[]', 'null'])('%j on the disk is no skew', (text) => {
      const directory = folder();
      writeFileSync(join(directory, 'clock.json'), text);
      expect(deliver(open(directory), MINUTE)).toBe(MINUTE);
    });
  });
});
