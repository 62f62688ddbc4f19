import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../model/clock.ts';
import type { Source, Tag } from '../model/plant.ts';
import type { Reading } from '../model/reading.ts';
import { createLogger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { Backlog } from './backlog.ts';
import { createIntake, type Intake } from './intake.ts';
import { LiveValues } from './live-values.ts';
import { folderFiles } from './log/files.ts';
import { Log } from './log/log.ts';
import { TagRegistry } from './tag-registry.ts';

const source: Source = {
  id: 'push',
  kind: 'http',
  adopt: 'never',
  adoptLimit: 0,
  alertAfterMs: 0,
  priority: 'low',
  config: {},
  bindings: [],
};
const fast: Tag = {
  name: 'a.fast',
  asset: 'a',
  unit: null,
  source: 'push',
  range: null,
  deadband: 0,
  heartbeatMs: 60_000,
  conditioning: { maxRate: { count: 1, perMs: 3_600_000 } },
};
const tag: Tag = {
  name: 'a.x',
  asset: 'a',
  unit: null,
  source: 'push',
  range: [0, 10],
  deadband: 1,
  heartbeatMs: 60_000,
};

let directory: string;
let log: Log;
let live: LiveValues;
let intake: Intake;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'intake-'));
  log = await Log.open(await folderFiles(directory), { maxBytes: 100 });
  live = new LiveValues();
  intake = open([tag, fast]);
});
afterEach(async () => {
  await log.close();
  await rm(directory, { recursive: true });
});

function open(tags: readonly Tag[]): Intake {
  return createIntake(source, {
    log,
    tags: new TagRegistry(tags),
    clock: systemClock,
    metrics: createMetrics(),
    logger: createLogger('silent'),
    backlog: new Backlog(createMetrics(), 0),
    live,
    keepMs: 86_400_000,
  });
}

const reading = (value: number, at = Date.now()): Reading => ({ tag: 'a.x', at, value, quality: 'good' });

describe('an intake', () => {
  it('does not take what the log refused for what was logged', async () => {
    await intake([reading(1, Date.now() - 10)]);
    const batch = [reading(9)];
    await expect(intake(batch)).rejects.toMatchObject({ code: 'log_full' });
    // The source sends it again: it must be refused again, not answered as within the deadband of itself.
    await expect(intake(batch)).rejects.toMatchObject({ code: 'log_full' });
    expect(live.takeChanged().map(({ value }) => value)).toEqual([1]);
  });

  it('shows live what it stores: a value out of range as bad, and a value within the deadband as it is', async () => {
    const at = Date.now() - 100;
    await intake([reading(99, at)]);
    expect(live.takeChanged()).toMatchObject([{ value: 99, quality: 'bad' }]);
    await intake([reading(99.5, at + 1)]);
    expect(live.takeChanged()).toMatchObject([{ value: 99.5, quality: 'bad' }]);
  });

  it('takes no text of a tag that had a number, also after a reading without one', async () => {
    await log.close();
    log = await Log.open(await folderFiles(directory));
    intake = open([{ ...tag, range: null }]);
    const at = Date.now() - 100;
    const text: Reading = { tag: 'a.x', at: at + 2, value: null, text: 'ERR', quality: 'good' };
    await intake([reading(1, at)]);
    expect((await intake([text])).rejected).toMatchObject([{ code: 'not_a_number' }]);
    await intake([{ tag: 'a.x', at: at + 1, value: null, quality: 'bad' }]);
    expect((await intake([text])).rejected).toMatchObject([{ code: 'not_a_number' }]);
  });

  it('does not count against a rate limit what the log refused: it comes again', async () => {
    await intake([reading(1, Date.now() - 10)]); // the log is full now
    const batch = [{ ...reading(1), tag: 'a.fast' }];
    for (let i = 0; i < 3; i++) await expect(intake(batch)).rejects.toMatchObject({ code: 'log_full' });
  });
});
