import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { moveToHypertable } from '../../src/store/move-to-hypertable.ts';
import { dropReadingsBefore, ensureReadingsTable } from '../../src/store/readings-table.ts';
import type { RefreshStep } from '../../src/store/rollup-refresh.ts';
import { ensureRollups } from '../../src/store/rollups.ts';
import { ensureTags } from '../../src/store/tags.ts';
import { createDatabase } from '../kit/database.ts';
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
});

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

/** The statements an operator is told to run, in the order of docs/operations.md. */
function documentedSql(): readonly string[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
  const section = page.slice(page.indexOf('## From one edition to another'), page.indexOf('## With Docker Compose'));
  return [...section.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql!);
}

it('a plant moves to another server as the documentation says, from Community to plain PostgreSQL and back', async () => {
  const [makePartitions, sayHowFar] = documentedSql();
  const random = seeded(8);
  const now = Date.now();
  const community = await startTimescale();
  const url = await createDatabase();
  await migrate(url);
  const plain = openDatabase(url, { connections: 2, name: 'test' });
  const again = await startTimescale();
  for (const [database, edition] of [
    [community, 'timescaledb-community'],
    [plain, 'postgresql'],
    [again, 'timescaledb-community'],
  ] as const) {
    if (edition !== 'postgresql') await database.query('create extension timescaledb');
    await ensureReadingsTable(database, edition);
    await database.transaction((session) => ensureRollups(session, edition));
  }
  const names = ['a.x', 'a.y'].map((name) => ({ name, asset: 'a', source: null }));
  const tagIds = [...(await ensureTags(community, names)).values()];
  for (const database of [plain, again]) expect([...(await ensureTags(database, names)).values()]).toEqual(tagIds);
  await storeAsWriter(community, drawReadings(random, { tagIds, from: now - 20 * DAY_MS, to: now, stepMs: 1_800_000 }));
  const step: RefreshStep = { ...STEP, keptAs: 'aggregates', now };
  await refreshAll(community, step);
  await dropReadingsBefore(community, now - 10 * DAY_MS);
  const days = await daysOf(community);
  await storeAsWriter(
    community,
    drawReadings(random, { tagIds, from: now - 3 * DAY_MS, to: now - 2 * DAY_MS, stepMs: 1_500_000 }),
  );

  await plain.query(makePartitions!);
  await copyStore(community, plain);
  await plain.query(sayHowFar!);
  await refreshAll(plain, { ...step, keptAs: 'tables' });
  expect((await daysOf(plain)).slice(0, 8)).toEqual(days.slice(0, 8));

  await again.query(
    makePartitions!.replace(`('reading', interval '7 days'), `, '').replace(`'28 days'`, `interval '28 days'`),
  );
  await copyStore(plain, again);
  await again.query(sayHowFar!);
  expect(await again.transaction((session) => ensureRollups(session, 'timescaledb-community'))).toBe('aggregates');
  await refreshAll(again, step);
  expect(await daysOf(again)).toEqual(await daysOf(plain));

  const since = new Date(now - 8 * DAY_MS).toISOString().slice(0, 10);
  const hasReadings = (row: unknown) => (row as { at: string }).at >= since; // the query casts it to text
  for (const database of [plain, again]) {
    const { rolledUp, recomputed } = await readBoth(database, 'minute');
    expect(rolledUp.filter(hasReadings)).toEqual(recomputed.filter(hasReadings));
    expect(recomputed.filter(hasReadings).length).toBeGreaterThan(300);
    await database.close();
  }
  await community.close();
});

/** What `\copy … to` and `\copy … from` do in the documentation, through memory. */
async function copyStore(from: Database, to: Database): Promise<void> {
  const figures = 'tag_id, at, n, n_good, n_used, sum, sum_squares, min, max, first, last';
  for (const [source, columns, target] of [
    ['reading', 'tag_id, at, value, quality, code', 'reading'],
    ['reading_minute', figures, 'reading_minute_stored'],
    ['reading_hour', figures, 'reading_hour_stored'],
    ['reading_day', figures, 'reading_day_stored'],
    ['rollup_dirty', 'tag_id, first, last', 'rollup_dirty'],
  ] as const) {
    const { rows } = await from.query<{ all: string | null }>(
      `select json_agg(copied)::text as all from (select ${columns} from ${source}) as copied`,
    );
    await to.query(
      `insert into ${target} (${columns}) select ${columns} from json_populate_recordset(null::${target}, $1::json)`,
      [rows[0]!.all ?? '[]'],
    );
  }
}
