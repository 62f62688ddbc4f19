import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PUMP_DE, pumpWaveform } from '../../../rules/features/testbench.ts';
import { folderFiles } from '../../ingest/log/files.ts';
import { Log } from '../../ingest/log/log.ts';
import { systemClock } from '../../model/clock.ts';
import type { LogRecord } from '../../model/log-record.ts';
import { createLogger } from '../../telemetry/log.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { writeFeatureCheckpoint } from './checkpoint.ts';
import { FeatureHost } from './host.ts';

const { rateHz, samples } = pumpWaveform(['imbalance']);

function numbers(tags: readonly number[]): LogRecord {
  const n = tags.length;
  const batch = {
    tag: Int32Array.from(tags),
    at: new Float64Array(n),
    value: new Float64Array(n),
    quality: new Uint8Array(n),
    codes: new Map(),
  };
  return { kind: 'readings', receivedAt: 1, batch };
}

async function untilFull(log: Log, record: LogRecord): Promise<void> {
  await expect(
    (async () => {
      for (;;) await log.append(record);
    })(),
  ).rejects.toMatchObject({ code: 'log_full' });
}

const point = { ...PUMP_DE, bearing: null };
let directory: string;
let log: Log;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'features-'));
  log = await Log.open(await folderFiles(directory), { maxBytes: 512 * 1024 });
});
afterEach(async () => {
  await log.close();
  await rm(directory, { recursive: true });
});

const wave = (): LogRecord => ({
  kind: 'waveform',
  receivedAt: 1,
  at: 1,
  tag: log.tagId(point.tag),
  rateHz,
  unit: 'm/s2',
  samples: Float32Array.from(samples.subarray(0, 4_096)),
});

function startHost(onPassed: (position: number) => void = () => undefined) {
  const metrics = createMetrics();
  const host = new FeatureHost({
    points: [point],
    log,
    logDirectory: directory,
    checkpointFile: join(directory, 'features.json'),
    intakeTo: (inlet) => (readings) => inlet.append(numbers(readings.map(({ tag }) => inlet.tagId(tag)))),
    clock: systemClock,
    metrics,
    logger: createLogger('silent'),
    onPassed,
  });
  const counted = async (outcome: string) => {
    const { values } = await metrics.featureCaptures.get();
    return values.find(({ labels }) => labels['outcome'] === outcome)?.value ?? 0;
  };
  return { host, counted };
}

/** From the sources, a thread compiles what it loads: on a busy machine that takes its time. */
const PATIENCE = { timeout: 150_000 };

it('a log full of captures is left behind, and takes readings again', async () => {
  const from = { logId: log.id, position: 0, speeds: [] };
  await writeFeatureCheckpoint(join(directory, 'features.json'), from);
  await untilFull(log, wave());
  await untilFull(log, numbers([log.tagId('a.x')]));
  const { host, counted } = startHost((position) => void log.release(position));
  await vi.waitFor(() => log.append(numbers([0])), PATIENCE);
  await host.stop();
  expect(await counted('behind')).toBeGreaterThan(5);
}, 160_000);

it('what the log holds when the first points come is not looked at, and what comes then is, over a restart, too', async () => {
  await log.append(wave());
  let passed = 0;
  const first = startHost((position) => {
    passed = position;
  });
  await vi.waitFor(() => expect(passed).toBe(log.durable), PATIENCE);
  await first.host.stop();
  await log.append(wave());
  const second = startHost();
  await vi.waitFor(async () => expect(await second.counted('read')).toBe(1), PATIENCE);
  await second.host.stop();
  expect(await first.counted('read')).toBe(0);
}, 310_000);

it('what comes while its thread is starting is looked at', async () => {
  const { host, counted } = startHost();
  await log.append(wave());
  await vi.waitFor(async () => expect(await counted('read')).toBe(1), PATIENCE);
  await host.stop();
}, 160_000);
