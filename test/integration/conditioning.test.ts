import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { scrapeConservation } from '../kit/conservation.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: conditioning-test
adapters:
  push: { kind: http, clock: correct }
assets:
  a:
    tags:
      oil: { unit: Cel, sourceUnit: "[degF]", scale: 0.1, from: push, range: [-20, 150] }
      mad: { from: push, maxRate: 10/s }
      steady: { from: push, range: [0, 200], deadband: 1% }
`;

let test: TestService;
beforeAll(async () => {
  test = await startTestService(PLANT);
});
afterAll(() => test[Symbol.asyncDispose]());

const push = (readings: readonly { tag: string; at: number; value: number; historical?: true }[]) =>
  test.call('POST', '/api/v1/readings', { readings });
const rows = (tag: string) =>
  queryDatabase<{ value: number; quality: number }>(
    test.databaseUrl,
    'select value, quality from reading join tag on tag.id = tag_id where tag.name = $1 order by at',
    [tag],
  );

it('what a source delivers is converted, thinned out and held back, and every reading is accounted for', async () => {
  const base = Math.floor(Date.now() / 1_000) * 1_000 - 20_000;
  await push([2_120, 320, 3_200].map((value, i) => ({ tag: 'a.oil', at: base + i, value })));
  const mad = await push(Array.from({ length: 1_000 }, (_, i) => ({ tag: 'a.mad', at: base + i * 5, value: i })));
  expect([mad.status, mad.body.accepted, mad.body.rejected.length]).toEqual([200, 50, 950]);
  expect(mad.body.rejected[0]).toMatchObject({ index: 10, code: 'rate_limit' });
  await push(Array.from({ length: 100 }, (_, i) => ({ tag: 'a.steady', at: base + i, value: 100 + (i % 2) })));
  await waitFor('all rows', async () => (await rows('a.steady')).length > 0 && (await rows('a.mad')).length === 50);
  expect((await rows('a.oil')).map(({ value, quality }) => [Number(value.toFixed(9)), quality])).toEqual([
    [100, 0],
    [0, 0],
    [160, 2],
  ]);
  expect(await rows('a.steady')).toHaveLength(1);
  const { sources, complaints } = await scrapeConservation(test.url);
  expect(complaints).toEqual([]);
  expect(sources.get('push')).toMatchObject({ received: 1_103, accepted: 54, discarded: 1_049 });
});

it('a clock that is an hour slow is corrected, after it was measured', async () => {
  const slowMs = 3_600_000;
  for (let i = 0; i < 15; i++) await push([{ tag: 'a.oil', at: Date.now() - slowMs, value: 700 }]);
  const latest = async () => (await test.call('GET', '/api/v1/tags/a.oil')).body.latest;
  await waitFor('a reading of now', async () => Date.parse((await latest()).at) > Date.now() - 60_000);
  expect((await scrapeConservation(test.url)).complaints).toEqual([]);
});

it('a clock that is an hour ahead loses no reading at a restart, once it was measured', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'millwright-clock-'));
  onTestFinished(() => rmSync(dataDirectory, { recursive: true, force: true }));
  const options = { dataDirectory, databaseUrl: await createDatabase() };
  const aheadMs = 3_600_000;
  const pushTo = (service: TestService) =>
    service.call('POST', '/api/v1/readings', { readings: [{ tag: 'a.oil', at: Date.now() + aheadMs, value: 700 }] });

  const before = await startTestService(PLANT, options);
  const answers = [];
  for (let i = 0; i < 11; i++) answers.push((await pushTo(before)).body);
  expect(answers.map(({ accepted }) => accepted)).toEqual([...Array(10).fill(0), 1]);
  await before[Symbol.asyncDispose]();

  const after = await startTestService(PLANT, options);
  onTestFinished(() => after[Symbol.asyncDispose]());
  expect((await pushTo(after)).body).toEqual({ accepted: 1, rejected: [] });
});
