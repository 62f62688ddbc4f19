import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../model/clock.ts';
import { AdapterError } from '../model/errors.ts';
import type { LogRecord } from '../model/log-record.ts';
import type { Source } from '../model/plant.ts';
import type { SourceStatus } from '../model/source-state.ts';
import { createLogger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { Backlog } from './backlog.ts';
import { createCaptureIntake } from './capture-intake.ts';
import { plantTime } from './diagnosis/say.ts';
import { createIntake } from './intake.ts';
import { LiveValues } from './live-values.ts';
import { folderFiles } from './log/files.ts';
import { Log } from './log/log.ts';
import { LogReader } from './log/reader.ts';
import { type RunContext, Supervisor } from './supervisor.ts';
import { TagRegistry } from './tag-registry.ts';

const source: Source = {
  id: 'plc',
  kind: 'modbus',
  adopt: 'never',
  adoptLimit: 0,
  alertAfterMs: 5_000,
  priority: 'medium',
  config: {},
  bindings: [{ tag: 'a.x', address: {} }],
};

let directory: string;
let log: Log;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supervisor-'));
  log = await Log.open(await folderFiles(directory));
});
afterEach(async () => {
  await log.close();
  await rm(directory, { recursive: true });
});

/** A clock that does not wait, but counts what it should have waited. */
class QuickClock implements Clock {
  time = 1_790_000_000_000;
  readonly waits: number[] = [];
  now(): number {
    return this.time;
  }
  async sleep(ms: number): Promise<void> {
    this.waits.push(ms);
    this.time += ms;
    await sleep(0);
  }
}

function supervise(
  clock: Clock,
  run: (context: RunContext) => Promise<void>,
): { supervisor: Supervisor; states: string[] } {
  const tags = new TagRegistry([
    { name: 'a.x', asset: 'a', unit: null, source: 'plc', range: null, deadband: 0, heartbeatMs: 1 },
  ]);
  const metrics = createMetrics();
  const live = new LiveValues();
  const states: string[] = [];
  const supervisor = new Supervisor({
    source,
    run,
    intake: createIntake(source, {
      log,
      tags,
      clock,
      metrics,
      logger: createLogger('silent'),
      backlog: new Backlog(metrics, 0),
      live,
      keepMs: 86_400_000,
    }),
    captureIntake: createCaptureIntake(source, { log, tags, clock, metrics, keepMs: 86_400_000 }),
    openEventIntake: () => async () => undefined,
    describe: () => undefined,
    log,
    live,
    tagCount: () => 1,
    directory: 'unused',
    sayTime: plantTime('Europe/Berlin'),
    clock,
    random: () => 1,
    metrics,
    logger: createLogger('silent'),
    onChange: (status: SourceStatus) => states.push(status.state),
  });
  return { supervisor, states };
}

async function records(): Promise<LogRecord[]> {
  const reader = new LogReader(await folderFiles(directory), 0);
  const all: LogRecord[] = [];
  for (let some = await reader.read(log.durable); some.length > 0; some = await reader.read(log.durable)) {
    all.push(...some.map(({ record }) => record));
  }
  await reader.close();
  return all;
}

const links = (all: readonly LogRecord[]) =>
  all.flatMap((record) => (record.kind === 'event' && record.event.kind === 'source' ? [record.event.link] : []));

describe('a supervised source', () => {
  it('is dialled again with growing pauses: at most 2 s, 4 s after two minutes, 30 s after ten', async () => {
    const clock = new QuickClock();
    const stop = new AbortController();
    let attempts = 0;
    const { supervisor } = supervise(clock, async () => {
      if (++attempts === 300) stop.abort();
      throw new AdapterError('connection_refused', 'cannot reach 10.0.0.1:502');
    });
    await supervisor.run(stop.signal);
    expect(clock.waits.slice(0, 6)).toEqual([250, 500, 1_000, 2_000, 2_000, 2_000]);
    let elapsed = 0;
    for (const wait of clock.waits) {
      expect(wait).toBeLessThanOrEqual(elapsed > 600_000 ? 30_000 : 4_000);
      elapsed += wait;
    }
    expect(clock.waits.at(-1)).toBe(30_000);
    expect(links(await records())).toEqual(['starting', 'down']);
  });

  it('is not dialled several times a second when its link breaks as soon as it is up', async () => {
    const clock = new QuickClock();
    const stop = new AbortController();
    let attempts = 0;
    const { supervisor } = supervise(clock, async (context) => {
      context.connected();
      clock.time += attempts === 6 ? 10_000 : 10;
      if (++attempts === 8) stop.abort();
      throw new AdapterError('connection_lost', 'another client took the session over');
    });
    await supervisor.run(stop.signal);
    expect(clock.waits).toEqual([250, 500, 1_000, 1_000, 1_000, 1_000, 250]);
  });

  it('that sends waveforms only is heard', async () => {
    const clock = new QuickClock();
    const stop = new AbortController();
    const { supervisor } = supervise(clock, async (context) => {
      context.connected();
      clock.time += 120_000;
      const samples = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
      const refusal = await context.waveform({ tag: 'a.x', at: clock.time, rateHz: 64, unit: 'm/s2', samples });
      const { isWell, counts, diagnosis } = supervisor.status();
      expect([refusal, isWell, counts.accepted]).toEqual([null, true, 1]);
      expect(diagnosis).toEqual([expect.stringContaining('last waveform or frame at')]);
      stop.abort();
    });
    await supervisor.run(stop.signal);
    expect(supervisor.status().counts.accepted).toBe(1);
  });

  it('marks the gap with one bad reading a tag when a living link breaks', async () => {
    const clock = new QuickClock();
    const stop = new AbortController();
    let attempts = 0;
    const { supervisor, states } = supervise(clock, async (context) => {
      attempts++;
      if (attempts === 3) {
        stop.abort();
        return;
      }
      context.connected();
      await context.sink([{ tag: 'a.x', at: clock.now(), value: 1, quality: 'good' }]);
      clock.time += 1_000;
      throw new AdapterError('connection_lost', 'connection lost');
    });
    await supervisor.run(stop.signal);
    const all = await records();
    expect(links(all)).toEqual(['starting', 'up', 'down', 'up', 'down']);
    const qualities = all.flatMap((record) => (record.kind === 'readings' ? [...record.batch.quality] : []));
    expect(qualities).toEqual([0, 2, 0, 2]);
    expect(states).toEqual(['up', 'waiting', 'connecting', 'up', 'waiting', 'connecting', 'stopped']);
  });

  it('says in its status what is wrong and when it tries again', async () => {
    const clock = new QuickClock();
    const stop = new AbortController();
    const seen: SourceStatus[] = [];
    let attempts = 0;
    const { supervisor } = supervise(clock, async () => {
      if (++attempts === 2) stop.abort();
      throw new AdapterError('connection_refused', 'cannot reach 10.0.0.1:502');
    });
    const original = clock.sleep.bind(clock);
    clock.sleep = (ms) => {
      seen.push(supervisor.status());
      return original(ms);
    };
    await supervisor.run(stop.signal);
    expect(seen[0]).toMatchObject({
      id: 'plc',
      state: 'waiting',
      attempts: 1,
      lastSuccess: null,
      lastError: { code: 'connection_refused', message: 'cannot reach 10.0.0.1:502' },
    });
    expect(seen[0]!.nextAttempt).toBe(seen[0]!.lastError!.at + 250);
  });

  it('says in words which part of it does not answer', async () => {
    const clock = new QuickClock();
    const stop = new AbortController();
    let diagnosis: readonly string[] = [];
    const { supervisor } = supervise(clock, async (context) => {
      context.connected();
      await context.sink([{ tag: 'a.x', at: clock.now(), value: 1, quality: 'good' }]);
      for (let i = 0; i < 3; i++) {
        context.observe({ unit: '1', ms: 12 });
        context.observe({ unit: '7', code: 'request_timeout', ms: 1_000 });
      }
      diagnosis = supervisor.status().diagnosis;
      stop.abort();
    });
    await supervisor.run(stop.signal);
    expect(diagnosis).toEqual([
      "no answer from unit 7 yet (3 timeouts since 16:13:20); unit 1 on the same bus answers in 12 ms: check unit 7's power and address",
    ]);
  });

  it('tells the engine why the link is down and where to look first', async () => {
    const clock = new QuickClock();
    const stop = new AbortController();
    const { supervisor } = supervise(clock, async () => {
      const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      throw new AdapterError('connection_refused', 'cannot reach 10.0.0.1:502', { cause });
    });
    clock.sleep = async () => stop.abort();
    await supervisor.run(stop.signal);
    await vi.waitFor(async () => expect(links(await records())).toEqual(['starting', 'down']), 20_000);
    const events = (await records()).flatMap((record) => (record.kind === 'event' ? [record.event] : []));
    expect(events.at(-1)).toMatchObject({
      code: 'connection_refused',
      reason:
        'cannot reach 10.0.0.1:502: the host is there, but nothing listens on that port: check the port, and that the service runs',
    });
  });

  it('gives an adapter that ended a dead signal, so that nothing of it goes on', async () => {
    const clock = new QuickClock();
    const stop = new AbortController();
    const signals: AbortSignal[] = [];
    const { supervisor } = supervise(clock, async ({ signal }) => {
      signals.push(signal);
      if (signals.length === 2) stop.abort();
      throw new Error('an ordinary mistake');
    });
    await supervisor.run(stop.signal);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(supervisor.status().lastError).toMatchObject({ code: 'adapter_failed', message: 'an ordinary mistake' });
  });
});
