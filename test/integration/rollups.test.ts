import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { findEdition } from '../../src/store/edition.ts';
import { migrate } from '../../src/store/migrate.ts';
import { ensureReadingsTable } from '../../src/store/readings-table.ts';
import { type RefreshStep, refreshLate } from '../../src/store/rollup-refresh.ts';
import { ensureRollups } from '../../src/store/rollups.ts';
import { ensureTags } from '../../src/store/tags.ts';
import { createDatabase } from '../kit/database.ts';
import { drawReadings, expectTrue, readBoth, refreshAll, storeAsWriter } from '../kit/rollups.ts';
import { seeded } from '../kit/seeded.ts';
import { startTimescale } from '../kit/timescale.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 10, 21, 10, 37, 12, 345);

const EDITIONS = [
  {
    edition: 'postgresql',
    open: async () => {
      const url = await createDatabase();
      await migrate(url);
      return openDatabase(url, { connections: 3, name: 'test' });
    },
  },
  { edition: 'timescaledb-community', open: startTimescale },
] as const;

describe.each(EDITIONS)('rollups on $edition', ({ edition, open }) => {
  const random = seeded(4);
  let database: Database;
  let tagIds: number[];
  let step: RefreshStep;
  const draw = (from: number, to: number, stepMs: number, ids = tagIds) =>
    drawReadings(random, { tagIds: ids, from, to, stepMs });

  beforeAll(async () => {
    database = await open();
    expect(await findEdition(database)).toBe(edition);
    await ensureReadingsTable(database, edition);
    const keptAs = await database.transaction((session) => ensureRollups(session, edition));
    step = { keptAs, now: NOW, keepMs: 400 * DAY_MS, stretchMs: DAY_MS };
    const wanted = ['a.x', 'a.y', 'a.z'].map((name) => ({ name, asset: 'a', source: null }));
    tagIds = [...(await ensureTags(database, wanted)).values()];
  });
  afterAll(() => database.close());

  it('are true before anything is rolled up', async () => {
    await storeAsWriter(database, draw(NOW - 12 * DAY_MS, NOW, 150_000));
    await expectTrue(database);
  });

  it('are true when they are rolled up in stretches, and queue nothing that came in time', async () => {
    await refreshAll(database, { ...step, stretchMs: 7 * HOUR_MS });
    await expectTrue(database);
    const { rows } = await database.query(`select from rollup_dirty`);
    expect(rows.length).toBe(0);
    const { rows: state } = await database.query<{ lagMinutes: number }>(
      `select date_part('epoch', $1::timestamptz - materialised) / 60 as "lagMinutes" from rollup_state`,
      [new Date(NOW)],
    );
    expect(state[0]!.lagMinutes).toBeLessThan(step.keptAs === 'tables' ? 6.1 : 12 * 60 + 1.1);
  });

  it('are true at once for readings that come in time', async () => {
    await storeAsWriter(database, draw(NOW - 60_000, NOW + 90_000, 1_000));
    await expectTrue(database);
  });

  it('become true again after late readings, which they are not before', async () => {
    await storeAsWriter(database, draw(NOW - 9 * DAY_MS, NOW - 8 * DAY_MS, 700_000, tagIds.slice(0, 2)));
    await storeAsWriter(database, draw(NOW - 2 * DAY_MS, NOW - 2 * DAY_MS + 5_000, 1_000));
    const { rolledUp, recomputed } = await readBoth(database, 'minute');
    expect(rolledUp).not.toEqual(recomputed);
    await refreshAll(database, step);
    await expectTrue(database);
    expect((await database.query(`select from rollup_dirty`)).rows.length).toBe(0);
  });

  it('stay true as time goes on, over the end of hours and days', async () => {
    for (let at = NOW; at < NOW + 2 * DAY_MS; at += 9 * HOUR_MS) {
      await storeAsWriter(database, draw(at, at + 9 * HOUR_MS, 600_000));
      await refreshAll(database, { ...step, now: at + 9 * HOUR_MS });
      await expectTrue(database);
    }
  });

  it('keep what they have of readings that are dropped already', async () => {
    const before = await readBoth(database, 'hour');
    const late = draw(NOW - 11 * DAY_MS, NOW - 11 * DAY_MS + 10_000, 1_000, tagIds.slice(0, 1));
    await storeAsWriter(database, late);
    expect((await database.query(`select from rollup_dirty`)).rows.length).toBe(1);
    while ((await refreshLate(database, { ...step, keepMs: 5 * DAY_MS })) === 'behind');
    expect((await readBoth(database, 'hour')).rolledUp).toEqual(before.rolledUp);
  });
});
