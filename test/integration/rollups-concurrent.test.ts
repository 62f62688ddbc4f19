import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { storeRows } from '../../src/store/readings.ts';
import { ensurePartition, ensureReadingsTable, partitionOf } from '../../src/store/readings-table.ts';
import { type RefreshStep, refreshNext } from '../../src/store/rollup-refresh.ts';
import { ensureRollups } from '../../src/store/rollups.ts';
import { ensureTags } from '../../src/store/tags.ts';
import { createDatabase } from '../kit/database.ts';
import { drawReadings, expectTrue, refreshAll } from '../kit/rollups.ts';
import { seeded } from '../kit/seeded.ts';

const MINUTE_MS = 60_000;
const NOW = Date.UTC(2026, 10, 21, 10, 30);
const STEP: RefreshStep = { keptAs: 'tables', now: NOW, keepMs: 400 * 86_400_000, stretchMs: 10 * MINUTE_MS };

let database: Database;
let tagIds: number[];
beforeAll(async () => {
  const url = await createDatabase();
  await migrate(url);
  database = openDatabase(url, { connections: 8, name: 'test' });
  await ensureReadingsTable(database, 'postgresql');
  await database.transaction((session) => ensureRollups(session, 'postgresql'));
  const names = Array.from({ length: 4 }, (_, i) => ({ name: `a.t${i}`, asset: 'a', source: null }));
  tagIds = [...(await ensureTags(database, names)).values()];
  await database.transaction((session) => ensurePartition(session, partitionOf(NOW)));
});
afterAll(() => database.close());

it('a minute is not rolled up while somebody stores readings who has not heard of it', async () => {
  const random = seeded(1);
  const at = { tagIds, from: NOW - 30 * MINUTE_MS, to: NOW - 20 * MINUTE_MS, stepMs: 1_000 };
  await database.transaction(async (writer) => {
    await storeRows(writer, drawReadings(random, at));
    await expect(refreshNext(database, STEP)).rejects.toMatchObject({ code: '55P03' });
  });
  expect((await database.query('select from rollup_dirty')).rows.length).toBe(0);
  await refreshAll(database, STEP);
  await expectTrue(database);
});

it('rollups are true after many have stored readings of all ages while they were made', async () => {
  const random = seeded(2);
  let now = NOW;
  let storing = 3;
  const write = async (tagId: number) => {
    for (let i = 0; i < 60; i++) {
      // Some in time, some about where the rollups end, some older; no time twice.
      const from = now - Math.floor(random() ** 2 * 40) * MINUTE_MS + i;
      const rows = drawReadings(random, { tagIds: [tagId], from, to: from + 90_000, stepMs: 7_000 });
      await database.transaction((session) => storeRows(session, rows));
      now += 10_000;
    }
    storing--;
  };
  const rollUp = async () => {
    while (storing > 0) {
      await refreshAll(database, { ...STEP, now, stretchMs: MINUTE_MS }).catch((error) => {
        if (error.code !== '55P03') throw error;
      });
    }
  };
  await Promise.all([...tagIds.slice(0, 3).map(write), rollUp()]);
  await refreshAll(database, { ...STEP, now });
  await expectTrue(database);
  expect((await database.query('select from reading_minute_stored')).rows.length).toBeGreaterThan(50);
});
