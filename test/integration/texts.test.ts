import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { ensureTags } from '../../src/store/tags.ts';
import { listTexts, readNewestTexts, storeTexts } from '../../src/store/texts.ts';
import { dropTextsBefore, ensureTextsTable } from '../../src/store/texts-table.ts';
import { scrapeConservation } from '../kit/conservation.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { openGate } from '../kit/gate.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const DAY_MS = 86_400_000;
const PLANT = `
plant: texts
timezone: UTC
adapters:
  push: { kind: http, adopt: auto, adoptLimit: 20 }
assets:
  press: { tags: { state: { from: push }, speed: { from: push, unit: /min }, batch: { from: push, type: text } } }
`;

describe('the store of texts', () => {
  let database: Database;
  let tagId: number;
  const now = Date.UTC(2026, 10, 21);
  const row = (at: number, text: string, code: number | null = null) => ({ tagId, at, text, quality: 0, code });
  const store = (...rows: ReturnType<typeof row>[]) => database.transaction((session) => storeTexts(session, rows));
  const texts = async () =>
    (await listTexts(database, { tagId, from: 0, to: now + 1, limit: 100 })).map(({ at, text }) => [now - at, text]);

  beforeAll(async () => {
    const url = await createDatabase();
    await migrate(url);
    database = openDatabase(url, { connections: 2, name: 'test' });
    await ensureTextsTable(database, 'postgresql');
    tagId = (await ensureTags(database, [{ name: 'a.x', asset: 'a', source: null }])).get('a.x')!;
  });
  afterAll(() => database.close());

  it('keeps the first text of a time, and tells what is the same from what is not', async () => {
    expect(await store(row(now, 'A', 0x80340000), row(now - 30 * DAY_MS + 0.125, 'old'))).toEqual({
      stored: 2,
      duplicates: 0,
      conflicts: 0,
    });
    expect(await store(row(now, 'A'), row(now, 'B'), row(now - 1, 'C'), row(now - 1, 'D'))).toEqual({
      stored: 1,
      duplicates: 1,
      conflicts: 2,
    });
    expect(await texts()).toEqual([
      [30 * DAY_MS - 0.125, 'old'],
      [1, 'C'],
      [0, 'A'],
    ]);
    const newest = { tag: 'a.x', at: now, value: null, text: 'A', quality: 'good', code: 0x80340000 };
    expect(await readNewestTexts(database)).toEqual([newest]);
    expect(await readNewestTexts(database, ['a.y'])).toEqual([]);
  });

  it('drops what is too old', async () => {
    expect(await dropTextsBefore(database, now - 15 * DAY_MS, 'postgresql')).toBe(1);
    expect(await texts()).toEqual([
      [1, 'C'],
      [0, 'A'],
    ]);
  });
});

describe('a text', () => {
  let test: TestService;
  let direct: string;
  let gate: Awaited<ReturnType<typeof openGate>>;
  const dataDirectory = mkdtempSync(join(tmpdir(), 'millwright-texts-'));
  const headers = { authorization: 'Bearer test-admin-key', 'content-type': 'text/plain' };
  const now = Date.now();
  const push = (...readings: object[]) => test.call('POST', '/api/v1/readings', { readings });
  const waitForTexts = (n: number) =>
    waitFor(`${n} texts`, async () => {
      const [rows] = await queryDatabase<{ n: number }>(direct, 'select count(*)::int as n from reading_text');
      return rows!.n === n;
    });

  const drained = () =>
    waitFor('all to be written', async () => {
      const scraped = await scrapeConservation(test.url);
      return scraped.waiting === 0 && scraped;
    });

  beforeAll(async () => {
    direct = await createDatabase();
    gate = await openGate(Number(new URL(direct).port));
    test = await startTestService(PLANT, {
      dataDirectory,
      databaseUrl: Object.assign(new URL(direct), { port: String(gate.port) }).href,
    });
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
    await gate[Symbol.asyncDispose]();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  it('is judged, stored once beside the numbers, and given out wherever readings are', async () => {
    const answer = await push(
      { tag: 'press.state', at: now - 3_000, value: 'idle' },
      { tag: 'press.speed', at: now - 3_000, value: 12.5 },
      { tag: 'press.speed', at: now - 2_000, value: '12.5' },
      { tag: 'press.state', at: now - 2_000, value: 'x'.repeat(5_000) },
      { tag: 'press.state', at: now - 1_000, value: '=cmd()', quality: 'uncertain' },
      { tag: 'press.state', at: now - 3_000, value: 'idle' },
      { tag: 'press.state', at: now - 3_000, value: 'other' },
      { tag: 'press.batch', at: now - 3_000, value: 4711 },
      { tag: 'press.batch', at: now - 2_000, value: 'A-12' },
    );
    expect(answer.body.accepted).toBe(7);
    expect(answer.body.rejected).toMatchObject([
      { index: 2, code: 'not_a_number' },
      { index: 3, code: 'too_large' },
    ]);
    const latest = { at: new Date(now - 1_000).toISOString(), value: null, quality: 'uncertain', text: '=cmd()' };
    expect((await test.call('GET', '/api/v1/latest?tag=press.state')).body.items).toEqual([
      { tag: 'press.state', ...latest },
    ]);
    await waitForTexts(4);
    expect((await test.call('GET', '/api/v1/tags/press.state')).body.latest).toEqual(latest);
    const first = (await test.call('GET', '/api/v1/tags/press.state/texts?limit=1')).body;
    expect(first.items).toEqual([{ at: new Date(now - 3_000).toISOString(), text: 'idle', quality: 'good' }]);
    const second = (await test.call('GET', `/api/v1/tags/press.state/texts?cursor=${first.next}`)).body;
    expect(second).toMatchObject({ items: [{ text: '=cmd()', quality: 'uncertain' }], next: null });
    const newest = (await test.call('GET', '/api/v1/tags/press.state/texts?limit=1&first=newest')).body;
    expect(newest.items).toMatchObject([{ text: '=cmd()' }]);
    const older = `/api/v1/tags/press.state/texts?first=newest&cursor=${newest.next}`;
    expect((await test.call('GET', older)).body).toMatchObject({ items: [{ text: 'idle' }], next: null });
    const batches = (await test.call('GET', '/api/v1/tags/press.batch/texts')).body;
    expect(batches.items).toMatchObject([{ text: '4711' }, { text: 'A-12' }]); // a number does not close it for texts
    const csv = await fetch(`${test.url}/api/v1/export?tag=press.state&tag=press.speed`, { headers });
    expect((await csv.text()).split('\r\n').slice(1, 4)).toEqual([
      `press.state,${new Date(now - 3_000).toISOString()},idle,good`,
      `press.state,${new Date(now - 1_000).toISOString()},'=cmd(),uncertain`,
      `press.speed,${new Date(now - 3_000).toISOString()},12.5,good`,
    ]);
    expect(await drained()).toMatchObject({ complaints: [], accepted: 7, stored: 5, duplicates: 1, conflicts: 1 });
  });

  it('comes in quotes by line protocol', async () => {
    const body = `m,asset=press,point=note value="say \\"hi\\"" ${now - 500}000000`;
    const answer = await fetch(`${test.url}/api/v2/write`, { method: 'POST', headers, body });
    expect(answer.status).toBe(204);
    expect((await test.call('GET', '/api/v1/latest?tag=press.note')).body.items).toMatchObject([{ text: 'say "hi"' }]);
  });

  it('is not lost, and still the newest one, when the service stops before the database has it', async () => {
    gate.shut();
    expect((await push({ tag: 'press.state', at: now, value: 'stopped' })).status).toBe(200);
    const { databaseUrl } = test;
    await test[Symbol.asyncDispose]();
    gate.open();
    test = await startTestService(PLANT, { dataDirectory, databaseUrl });
    expect((await test.call('GET', '/api/v1/latest?tag=press.state')).body.items).toMatchObject([{ text: 'stopped' }]);
    await waitForTexts(6);
    await push(
      { tag: 'press.flag', at: now - 1, value: 1 },
      { tag: 'press.flag', at: now, value: null, quality: 'bad' },
    );
    await drained();
    await test[Symbol.asyncDispose]();
    test = await startTestService(PLANT, { dataDirectory, databaseUrl });
    expect((await test.call('GET', '/api/v1/latest?tag=press.state')).body.items).toMatchObject([{ text: 'stopped' }]);
    expect((await scrapeConservation(test.url)).complaints).toEqual([]);
    const at = now + 1;
    const { body } = await push({ tag: 'press.speed', at, value: 1 }, { tag: 'press.flag', at, value: 'ERR' });
    expect(body).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: 'not_a_number' }] });
  });
});
