import { afterAll, beforeAll, expect, it } from 'vitest';
import { scrapeConservation } from '../kit/conservation.ts';
import { queryDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: history-test
adapters:
  push: { kind: http }
assets:
  press-1:
    tags:
      vibration: { unit: mm/s, from: push }
      load: { unit: "%", from: push, range: [0, 100] }
rules:
  high: { on: press-1.vibration, detect: limit, with: { high: 4.5 }, workOrder: none }
`;

let test: TestService;
beforeAll(async () => {
  test = await startTestService(PLANT);
});
afterAll(() => test[Symbol.asyncDispose]());

const tag = 'press-1.vibration';
const alerts = async () => (await test.call('GET', '/api/v1/alerts')).body.items.length;

it('history is stored with its mark and shown, and no rule takes it for news', async () => {
  const now = Date.now();
  const history = Array.from({ length: 1_000 }, (_, i) => ({ tag, at: now - 60_000 + i, value: 9, historical: true }));
  const bad = { tag, at: now - 59_000, value: null, quality: 'bad', historical: true };
  expect((await test.call('POST', '/api/v1/readings', { readings: [...history, bad] })).body.accepted).toBe(1_001);
  await test.call('POST', '/api/v1/readings', { readings: [{ tag, at: now - 30_000, value: 2 }] });
  const rows = () =>
    queryDatabase<{ quality: number; code: number | null; n: number }>(
      test.databaseUrl,
      'select quality, code, count(*)::int as n from reading group by quality, code order by quality, code',
    );
  await waitFor('all rows', async () => (await rows()).reduce((sum, { n }) => sum + n, 0) === 1_002);
  expect(await rows()).toEqual([
    { quality: 0, code: 0x00a20000, n: 1_000 },
    { quality: 0, code: null, n: 1 },
    { quality: 2, code: null, n: 1 },
  ]);
  expect((await test.call('GET', `/api/v1/tags/${tag}`)).body.latest).toMatchObject({ value: 2 });
  const page = await test.call('GET', `/api/v1/tags/${tag}/readings?from=${now - 60_000}&to=${now}&limit=2000`);
  expect(page.body.items.filter(({ code }: { code?: number }) => code === 0x00a20000)).toHaveLength(1_000);
  expect(page.body.items.at(-1)).not.toHaveProperty('code');
  expect(await alerts()).toBe(0);
  await test.call('POST', '/api/v1/readings', { readings: [{ tag, at: now, value: 9 }] });
  await waitFor('the alert of a live reading', async () => (await alerts()) === 1);
  expect((await scrapeConservation(test.url)).complaints).toEqual([]);
});

it('what is neither true nor false as historical is rejected', async () => {
  const readings = [{ tag, at: Date.now(), value: 1, historical: 1 }];
  const { status, body } = await test.call('POST', '/api/v1/readings', { readings });
  expect([status, body.rejected[0].code]).toEqual([422, 'invalid_item']);
});

it('the newest reading of a tag tells its code, from memory and after a restart from the database', async () => {
  const at = Date.now() - 5_000;
  const other = 'press-1.load';
  await test.call('POST', '/api/v1/readings', { readings: [{ tag: other, at, value: 999 }] });
  const latest = async () => (await test.call('GET', `/api/v1/tags/${other}`)).body.latest;
  await waitFor('the reading', latest);
  expect(await latest()).toMatchObject({ value: 999, quality: 'bad', code: 0x803c0000 });
  await waitFor('it to be stored', async () => {
    const rows = await queryDatabase(test.databaseUrl, 'select from reading_latest where value = 999');
    return rows.length === 1;
  });
  await using again = await restarted();
  expect((await again.call('GET', '/api/v1/latest')).body.items).toContainEqual(
    expect.objectContaining({ tag: other, value: 999, code: 0x803c0000 }),
  );
});

/** Another run on the same database, with a log of its own. */
async function restarted(): Promise<TestService> {
  await test.service.stop();
  return startTestService(PLANT, { databaseUrl: test.databaseUrl });
}
