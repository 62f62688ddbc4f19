import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { PUMP_DE, pumpWaveform } from '../../../rules/features/testbench.ts';
import { folderFiles } from '../../ingest/log/files.ts';
import { Log } from '../../ingest/log/log.ts';
import { systemClock } from '../../model/clock.ts';
import type { LogRecord } from '../../model/log-record.ts';
import { createLogger } from '../../telemetry/log.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
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

it('a log full of captures is left behind, and takes readings again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'features-'));
  const log = await Log.open(await folderFiles(directory), { maxBytes: 512 * 1024 });
  const metrics = createMetrics();
  const wave = { kind: 'waveform', receivedAt: 1, at: 1, rateHz, unit: 'm/s2' } as const;
  const point = { ...PUMP_DE, bearing: null };
  await untilFull(log, { ...wave, tag: log.tagId(point.tag), samples: Float32Array.from(samples.subarray(0, 4_096)) });
  await untilFull(log, numbers([log.tagId('a.x')]));

  const host = new FeatureHost({
    points: [point],
    log,
    logDirectory: directory,
    checkpointFile: join(directory, 'features.json'),
    intakeTo: (inlet) => (readings) => inlet.append(numbers(readings.map(({ tag }) => inlet.tagId(tag)))),
    clock: systemClock,
    metrics,
    logger: createLogger('silent'),
    onPassed: (position) => void log.release(position),
  });
  await vi.waitFor(() => log.append(numbers([0])), { timeout: 30_000 });
  await host.stop();
  await log.close();
  await rm(directory, { recursive: true });
  const { values } = await metrics.featureCaptures.get();
  expect(values.find(({ labels }) => labels['outcome'] === 'behind')?.value).toBeGreaterThan(5);
}, 40_000);
