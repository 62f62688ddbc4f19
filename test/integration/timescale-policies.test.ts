import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Retention } from '../../src/model/plant.ts';
import type { Database } from '../../src/store/database.ts';
import { findEdition } from '../../src/store/edition.ts';
import { ensureReadingsTable } from '../../src/store/readings-table.ts';
import { applyPolicies } from '../../src/store/rollup-policies.ts';
import type { RefreshStep } from '../../src/store/rollup-refresh.ts';
import { ensureRollups } from '../../src/store/rollups.ts';
import { ensureTags } from '../../src/store/tags.ts';
import { drawReadings, expectTrue, readBoth, refreshAll, storeAsWriter } from '../kit/rollups.ts';
import { seeded } from '../kit/seeded.ts';
import { startTimescale } from '../kit/timescale.ts';

const DAY_MS = 86_400_000;
// Policies go by the database's own clock.
const NOW = Date.now();
const RETENTION: Retention = {
  readingsMs: 30 * DAY_MS,
  rollupsMs: 90 * DAY_MS,
  waveformsMs: DAY_MS,
  compressAfterMs: 5 * DAY_MS,
};

const random = seeded(11);
let database: Database;
let tagIds: number[];
const step: RefreshStep = { keptAs: 'aggregates', now: NOW, keepMs: RETENTION.readingsMs, stretchMs: 30 * DAY_MS };

beforeAll(async () => {
  database = await startTimescale();
  const edition = await findEdition(database);
  await ensureReadingsTable(database, edition);
  await database.transaction((session) => ensureRollups(session, edition));
  const wanted = ['a.x', 'a.y'].map((name) => ({ name, asset: 'a', source: null }));
  tagIds = [...(await ensureTags(database, wanted)).values()];
  await storeAsWriter(database, drawReadings(random, { tagIds, from: NOW - 20 * DAY_MS, to: NOW, stepMs: 120_000 }));
  await refreshAll(database, step);
});
afterAll(() => database.close());

const apply = (retention: Retention) => database.transaction((session) => applyPolicies(session, retention));

/** What the policies of one kind are set to, e.g. `120:00:00`; those on readings first. */
async function settingsOf(kind: string, key: string): Promise<string[]> {
  const { rows } = await database.query<{ setting: string }>(
    `select config ->> $2 as setting from timescaledb_information.jobs where proc_name = $1 order by job_id`,
    [kind, key],
  );
  return rows.map(({ setting }) => setting);
}

/** Runs every policy of one kind, as TimescaleDB's workers would. */
async function runPolicies(kind: string): Promise<void> {
  const { rows } = await database.query<{ id: number }>(
    `select job_id as id from timescaledb_information.jobs where proc_name = $1 order by job_id`,
    [kind],
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { id } of rows) await database.query(`call run_job(${id})`);
}

async function count(where: string): Promise<number> {
  const { rows } = await database.query<{ n: number }>(`select count(*)::int as n from ${where}`);
  return rows[0]!.n;
}

const COMPRESSED = `timescaledb_information.chunks where hypertable_name = 'reading' and is_compressed`;

describe('the policies of TimescaleDB', () => {
  it('are what the plant file says, and follow it when it changes', async () => {
    expect(await apply({ ...RETENTION, compressAfterMs: 9 * DAY_MS, rollupsMs: 50 * DAY_MS })).toBe('changed');
    expect(await settingsOf('policy_compression', 'compress_after')).toEqual(['216:00:00', '216:00:00', '216:00:00']);
    expect(await apply(RETENTION)).toBe('changed');
    expect(await apply(RETENTION)).toBe('unchanged');
    expect(await settingsOf('policy_compression', 'compress_after')).toEqual(['120:00:00', '120:00:00', '120:00:00']);
    expect(await settingsOf('policy_retention', 'drop_after')).toEqual(['720:00:00', ...Array(3).fill('2160:00:00')]);
    expect(await settingsOf('policy_refresh_continuous_aggregate', 'start_offset')).toEqual([
      '24:00:00',
      '48:00:00',
      '96:00:00',
    ]);
  });

  it('refresh what came in time', async () => {
    const recent = { tagIds, from: NOW - DAY_MS / 4, to: NOW, stepMs: 90_000 };
    await storeAsWriter(database, drawReadings(random, recent));
    expect(await count('rollup_dirty')).toBe(0);
    await runPolicies('policy_refresh_continuous_aggregate');
    await expectTrue(database);
  });

  it('compress readings and rollups, which stay true', async () => {
    await runPolicies('policy_compression');
    expect(await count(COMPRESSED)).toBeGreaterThan(10);
    await expectTrue(database);
  });

  it('let late readings into compressed chunks, and the rollups become true again', async () => {
    const late = { tagIds, from: NOW - 12 * DAY_MS, to: NOW - 11 * DAY_MS, stepMs: 300_000 };
    await storeAsWriter(database, drawReadings(random, late));
    const { rolledUp, recomputed } = await readBoth(database, 'hour');
    expect(rolledUp).not.toEqual(recomputed);
    await refreshAll(database, step);
    await expectTrue(database);
    expect(await count('rollup_dirty')).toBe(0);
  });

  it('take late duplicates in compressed chunks for what they are', async () => {
    const before = await count('reading');
    const { rows } = await database.query<{ at: number; value: number; quality: number; tagId: number }>(
      `select tag_id as "tagId", date_part('epoch', at) * 1000 as at, value, quality from reading
        where at < $1 and value is not null order by at limit 50`,
      [new Date(NOW - 10 * DAY_MS)],
    );
    await storeAsWriter(database, {
      tagId: Int32Array.from(rows, ({ tagId }) => tagId),
      at: Float64Array.from(rows, ({ at }) => at),
      value: Float64Array.from(rows, ({ value }) => value),
      quality: Uint8Array.from(rows, ({ quality }) => quality),
      codes: new Map(),
    });
    expect(await count('reading')).toBe(before);
  });

  it('drop readings before rollups', async () => {
    await apply({ ...RETENTION, readingsMs: 8 * DAY_MS });
    const days = await count('reading_day');
    await runPolicies('policy_retention');
    await refreshAll(database, { ...step, keepMs: 8 * DAY_MS });
    await runPolicies('policy_refresh_continuous_aggregate');
    expect(await count(`reading where at < to_timestamp(${(NOW - 9.1 * DAY_MS) / 1_000})`)).toBe(0);
    expect(await count('reading_day')).toBe(days);

    await apply({ ...RETENTION, readingsMs: 8 * DAY_MS, rollupsMs: 9 * DAY_MS });
    await runPolicies('policy_retention');
    expect(await count('reading_minute')).toBeLessThan((13 + 10) * 1_440 * tagIds.length);
    const { rows } = await database.query<{ days: number }>(
      `select date_part('day', $1::timestamptz - min(at)) as days from reading_minute`,
      [new Date(NOW)],
    );
    expect(rows[0]!.days).toBeLessThan(20); // whole chunks of the minutes: ten days
  });
});
