import { expect, it } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { moveToHypertable } from '../../src/store/move-to-hypertable.ts';
import { dropReadingsBefore, ensureReadingsTable } from '../../src/store/readings-table.ts';
import type { RefreshStep } from '../../src/store/rollup-refresh.ts';
import { ensureRollups } from '../../src/store/rollups.ts';
import { ensureTags } from '../../src/store/tags.ts';
import { drawReadings, expectTrue, readBoth, refreshAll, storeAsWriter } from '../kit/rollups.ts';
import { seeded } from '../kit/seeded.ts';
import { startTimescale } from '../kit/timescale.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 21, 10, 37, 12, 345);
const STEP: RefreshStep = { keptAs: 'tables', now: NOW, keepMs: 400 * DAY_MS, stretchMs: DAY_MS };

it('a plant that moves from plain PostgreSQL to TimescaleDB Community keeps readings and rollups', async () => {
  const random = seeded(6);
  const database = await startTimescale();
  await database.transaction(async (session) => {
    await ensureReadingsTable(session, 'postgresql');
    await ensureRollups(session, 'postgresql');
  });
  const names = ['a.x', 'a.y'].map((name) => ({ name, asset: 'a', source: null }));
  const tagIds = [...(await ensureTags(database, names)).values()];
  const store = (from: number, to: number, stepMs: number) =>
    storeAsWriter(database, drawReadings(random, { tagIds, from, to, stepMs }));
  await store(NOW - 40 * DAY_MS, NOW, 900_000);
  await refreshAll(database, STEP);
  await dropReadingsBefore(database, NOW - 20 * DAY_MS);
  const kept = await daysOf(database);
  expect(kept.length).toBeGreaterThan(38 * 2); // of readings that are gone, too

  await database.query('create extension timescaledb');
  expect(await moveToHypertable(database, 'timescaledb-community')).toBeGreaterThan(2);
  expect(await moveToHypertable(database, 'timescaledb-community')).toBe(0);
  expect(await daysOf(database)).toEqual(kept);
  expect(await database.transaction((session) => ensureRollups(session, 'timescaledb-community'))).toBe('aggregates');
  expect(await database.transaction((session) => ensureRollups(session, 'timescaledb-community'))).toBe('aggregates');
  expect(await daysOf(database)).toEqual(kept);

  // Late readings on both sides of the hand-over, and new ones.
  const aggregates: RefreshStep = { ...STEP, keptAs: 'aggregates' };
  await refreshAll(database, aggregates);
  await store(NOW - 10 * DAY_MS, NOW - 9 * DAY_MS, 700_000);
  await store(NOW - 3_600_000, NOW + 3 * DAY_MS, 800_000);
  await refreshAll(database, { ...aggregates, now: NOW + 3 * DAY_MS });
  await store(NOW + DAY_MS, NOW + 2 * DAY_MS, 700_000);
  await refreshAll(database, { ...aggregates, now: NOW + 3 * DAY_MS });
  expect((await daysOf(database)).slice(0, 10)).toEqual(kept.slice(0, 10));
  await dropRollupsWithoutReadings(database);
  await expectTrue(database);

  await expect(database.transaction((session) => ensureRollups(session, 'timescaledb-apache'))).rejects.toMatchObject({
    code: 'database_edition',
  });
  await database.close();
}, 120_000);

async function daysOf(database: Database): Promise<readonly unknown[]> {
  return (await readBoth(database, 'day')).rolledUp;
}

/** So that what is left can be compared with the readings. */
async function dropRollupsWithoutReadings(database: Database): Promise<void> {
  for (const resolution of ['minute', 'hour', 'day']) {
    await database.query(
      `delete from reading_${resolution}_stored where at < (select date_trunc('day', min(at), 'UTC') from reading)`,
    );
  }
}
