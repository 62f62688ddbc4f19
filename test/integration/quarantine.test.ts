import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import {
  listQuarantined,
  pruneQuarantine,
  type QuarantineEntry,
  storeQuarantined,
} from '../../src/store/quarantine.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

let database: Database;
beforeAll(async () => {
  const url = await createDatabase();
  await migrate(url);
  database = openDatabase(url, { connections: 1, name: 'test' });
});
afterAll(() => database.close());

const entry = (i: number, more: Partial<QuarantineEntry> = {}): QuarantineEntry => ({
  quarantinedAt: 1_000_000 + i,
  source: null,
  tag: 'a.x',
  at: i,
  value: String(i),
  reason: '23514',
  detail: 'x',
  ...more,
});

describe('the quarantine', () => {
  it('holds whatever it is given, cut to its bounds', async () => {
    await storeQuarantined(database, [
      entry(0, { at: Number.NaN, detail: 'ä'.repeat(5_000) }),
      entry(1, { at: 8.64e15, tag: 'a.\u0000', value: null, detail: '\u0000' }),
    ]);
    const [second, first] = await listQuarantined(database, { limit: 10 });
    expect(first).toMatchObject({ at: null, value: '0' });
    expect(Buffer.byteLength(first!.detail)).toBeGreaterThan(4_000);
    expect(Buffer.byteLength(first!.detail)).toBeLessThanOrEqual(4_096);
    expect(second).toMatchObject({ at: null, tag: 'a.\ufffd', value: null, detail: '\ufffd' });
    await pruneQuarantine(database, { before: 2_000_000, keep: 10 });
    expect(await listQuarantined(database, { limit: 10 })).toEqual([]);
  });

  it('keeps the newest, and none that is too old', async () => {
    await storeQuarantined(
      database,
      Array.from({ length: 20 }, (_, i) => entry(i)),
    );
    const times = async () => (await listQuarantined(database, { limit: 100 })).map(({ at }) => at);
    expect(await pruneQuarantine(database, { before: 0, keep: 8 })).toBe(12);
    expect(await times()).toEqual([19, 18, 17, 16, 15, 14, 13, 12]);
    expect(await pruneQuarantine(database, { before: 1_000_015, keep: 8 })).toBe(3);
    expect(await times()).toEqual([19, 18, 17, 16, 15]);
    const [first] = await listQuarantined(database, { limit: 1 });
    const rest = await listQuarantined(database, { limit: 2, after: { at: first!.quarantinedAt, id: first!.id } });
    expect(rest.map(({ at }) => at)).toEqual([18, 17]);
  });
});

it('a reading in quarantine is not shown as the newest one, nor after a restart', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'millwright-quarantine-'));
  const databaseUrl = await createDatabase();
  const start = () =>
    startTestService('plant: poison\nadapters:\n  push: { kind: http, adopt: auto }\n', { dataDirectory, databaseUrl });
  const at = Date.now() - 60_000;
  const push = (test: TestService, tag: string, value: number, later: number) =>
    test.call('POST', '/api/v1/readings', { readings: [{ tag, at: at + later, value }] });
  const latest = async (test: TestService) =>
    (await test.call('GET', '/api/v1/latest')).body.items.map((each: any) => [each.tag, each.value]);
  {
    await using test = await start();
    await push(test, 'a.x', 1, 0);
    await waitFor('the row', async () => (await queryDatabase(databaseUrl, 'select 1 from reading')).length === 1);
    await queryDatabase(databaseUrl, 'alter table reading add constraint poison check (value <> 666)');
    expect((await push(test, 'a.x', 666, 1)).status).toBe(200);
    expect((await push(test, 'a.y', 666, 1)).status).toBe(200);
    await waitFor('the quarantine', async () => (await test.call('GET', '/api/v1/quarantine')).body.items.length === 2);
    await waitFor('the newest stored ones', async () => JSON.stringify(await latest(test)) === '[["a.x",1]]');
    expect((await push(test, 'a.y', 2, 2)).status).toBe(200);
    expect(await latest(test)).toEqual([
      ['a.x', 1],
      ['a.y', 2],
    ]);
    await waitFor('its row', async () => (await queryDatabase(databaseUrl, 'select 1 from reading')).length === 2);
  }
  // As if the service had been killed before the table of newest readings was kept.
  for (const sql of ['delete from reading_latest', `delete from log_cursor where reader = 'latest'`])
    await queryDatabase(databaseUrl, sql);
  {
    await using test = await start();
    expect(await latest(test)).toEqual([
      ['a.x', 1],
      ['a.y', 2],
    ]);
  }
  rmSync(dataDirectory, { recursive: true, force: true });
});
