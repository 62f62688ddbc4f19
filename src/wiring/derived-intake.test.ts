import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Backlog } from '../ingest/backlog.ts';
import { LiveValues } from '../ingest/live-values.ts';
import { folderFiles } from '../ingest/log/files.ts';
import { Log } from '../ingest/log/log.ts';
import { TagRegistry } from '../ingest/tag-registry.ts';
import { systemClock } from '../model/clock.ts';
import type { Reading } from '../model/reading.ts';
import { createLogger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createDerivedIntake } from './derived-intake.ts';

/** Fails at the first batch, as an error in the program would. */
class LiveValuesWithError extends LiveValues {
  #hasFailed = false;

  override offerBatch(...batch: Parameters<LiveValues['offerBatch']>): void {
    if (!this.#hasFailed) {
      this.#hasFailed = true;
      throw new TypeError('no such slot');
    }
    super.offerBatch(...batch);
  }
}

it('counts derived readings that an error met, and goes on with the next: checkpoints wait behind it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'derived-intake-'));
  const log = await Log.open(await folderFiles(directory), { maxBytes: 1_000_000 });
  const metrics = createMetrics();
  const live = new LiveValuesWithError();
  const derived = { value: 'tag("a.x")', toleranceMs: 1_000 };
  const intake = createDerivedIntake(log, {
    tags: new TagRegistry([
      { name: 'a.d', asset: 'a', unit: null, source: null, range: null, deadband: 0, heartbeatMs: 60_000, derived },
    ]),
    clock: systemClock,
    metrics,
    logger: createLogger('silent'),
    backlog: new Backlog(metrics, 0),
    live,
    keepMs: 86_400_000,
  });
  const reading = (value: number): Reading => ({ tag: 'a.d', at: Date.now(), value, quality: 'good' });
  try {
    await intake([reading(1)]);
    expect((await metrics.derivedFailed.get()).values.map(({ value }) => value)).toEqual([1]);
    await intake([reading(2)]);
    expect(live.takeChanged().map(({ value }) => value)).toEqual([2]);
  } finally {
    await log.close();
    await rm(directory, { recursive: true });
  }
});
