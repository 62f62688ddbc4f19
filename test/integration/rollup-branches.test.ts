import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Grain } from '../../src/model/rollup.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { listBuckets, sourceOf } from '../../src/store/history.ts';
import { migrate } from '../../src/store/migrate.ts';
import { ensureReadingsTable } from '../../src/store/readings-table.ts';
import { readRollupEnd } from '../../src/store/rollup-branches.ts';
import { ensureRollups } from '../../src/store/rollups.ts';
import { ensureTags } from '../../src/store/tags.ts';
import { createDatabase } from '../kit/database.ts';
import { drawReadings, refreshAll, storeAsWriter } from '../kit/rollups.ts';
import { seeded } from '../kit/seeded.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 10, 21, 10, 37, 12, 345);
let database: Database;
let tagId: number;

beforeAll(async () => {
  const url = await createDatabase();
  await migrate(url);
  database = openDatabase(url, { connections: 2, name: 'test' });
  await ensureReadingsTable(database, 'postgresql');
  const keptAs = await database.transaction((session) => ensureRollups(session, 'postgresql'));
  tagId = [...(await ensureTags(database, [{ name: 'a.x', asset: 'a', source: null }])).values()][0]!;
  await storeAsWriter(
    database,
    drawReadings(seeded(9), { tagIds: [tagId], from: NOW - 3 * DAY_MS, to: NOW, stepMs: 20_000 }),
  );
  await refreshAll(database, { keptAs, now: NOW - 5 * HOUR_MS, keepMs: 400 * DAY_MS, stretchMs: DAY_MS });
});
afterAll(() => database.close());

it.each<Grain>(['minute', 'hour', 'day'])('a %s read without its view is what the view says', async (grain) => {
  const end = await readRollupEnd(database);
  expect(end).toBeGreaterThan(NOW - 6 * HOUR_MS);
  const day = Math.floor(NOW / DAY_MS) * DAY_MS;
  for (const [from, to] of [
    [day - 3 * DAY_MS, day],
    [day - DAY_MS, day + DAY_MS],
    [day, day + DAY_MS],
    [day + DAY_MS, day + 2 * DAY_MS],
  ] as const) {
    const rows = async (rollupEnd: number | null) => {
      const { text, values } = sourceOf([{ grain, from, to }], 'tag_id = $1', rollupEnd);
      return (await database.query(`${text} order by at`, [tagId, ...values])).rows;
    };
    expect(await rows(end)).toEqual(await rows(null));
  }
});

it('buckets hold every reading once, whichever grains they are made of', async () => {
  const range = { tagId, from: NOW - 2 * DAY_MS + 1_234, to: NOW - 567 };
  const { rows } = await database.query<{ n: number; nGood: number; nUsed: number; min: number; max: number }>(
    `select count(*)::int as n, count(*) filter (where quality = 0)::int as "nGood",
            count(*) filter (where quality < 2 and value is not null)::int as "nUsed",
            min(value) filter (where quality < 2) as min, max(value) filter (where quality < 2) as max
       from reading where tag_id = $1 and at >= $2 and at < $3`,
    [tagId, new Date(range.from), new Date(range.to)],
  );
  for (const coarsest of ['raw', 'minute', 'hour', 'day'] as const) {
    const buckets = await listBuckets(database, { ...range, coarsest, stepMs: (2 * DAY_MS) / 7 });
    expect(buckets.map(({ index }) => index)).toEqual(
      [...new Set(buckets.map(({ index }) => index))].sort((a, b) => a - b),
    );
    for (const count of ['n', 'nGood', 'nUsed'] as const)
      expect(buckets.reduce((sum, bucket) => sum + bucket[count], 0)).toBe(rows[0]![count]);
    expect(Math.min(...buckets.map(({ min }) => min ?? Infinity))).toBe(rows[0]!.min);
    expect(Math.max(...buckets.map(({ max }) => max ?? -Infinity))).toBe(rows[0]!.max);
  }
});
