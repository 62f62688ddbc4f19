import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { TAKEN_AS_ACKNOWLEDGED } from '../../src/engine/backtest/acknowledged.ts';
import { runBacktest } from '../../src/engine/backtest/run.ts';
import { systemClock } from '../../src/model/clock.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { plantOf, startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const PLANT = `
plant: derived
adapters: { push: { kind: http } }
assets:
  pump-1: { tags: { in: { unit: bar, from: push }, out: { unit: bar, from: push } } }
derived:
  pump-1.head: { value: 'tag(".out") - tag(".in")', unit: bar }
  pump-1.twice: { value: '2.0 * tag("pump-1.head")' }
rules:
  head-high: { on: pump-1.head, detect: limit, with: { high: 5 }, workOrder: none }
`;
const directory = mkdtempSync(join(tmpdir(), 'millwright-derived-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const QUALITY = ['good', 'good', 'good', 'uncertain', 'bad', 'good'];
const HEADS = [1, 2, 7, 4, null, 6];

/** `[value, quality]` of each stored reading, oldest first. */
async function stored(databaseUrl: string, tag: string) {
  const rows = await queryDatabase(
    databaseUrl,
    `select value, quality from reading join tag on tag.id = tag_id where name = '${tag}' order by at`,
  );
  return rows.map(({ value, quality }) => [value, quality]);
}

it('derived tags are stored once, judged, and back-tested, also when all of the log is evaluated again', async () => {
  const options = { dataDirectory: directory, databaseUrl: await createDatabase() };
  const from = Date.now() - 60_000;
  const readings = HEADS.flatMap((head, i) => {
    const at = from + i * 1_000;
    const quality = QUALITY[i];
    return [
      { tag: 'pump-1.in', at, value: 1 },
      { tag: 'pump-1.out', at: at + 0.25, value: (head ?? 0) + 1, quality },
    ];
  });
  const expected = HEADS.map((head, i) => [head, ['good', 'uncertain', 'bad'].indexOf(QUALITY[i]!)]);

  const check = async (service: TestService) => {
    await waitFor(
      'the derived readings',
      async () => (await stored(options.databaseUrl, 'pump-1.twice')).length >= HEADS.length,
    );
    expect(await stored(options.databaseUrl, 'pump-1.head')).toEqual(expected);
    expect(await stored(options.databaseUrl, 'pump-1.twice')).toEqual(
      expected.map(([head, quality]) => [head === null ? null : 2 * head!, quality]),
    );
    const { body } = await waitFor('the alert', async () => {
      const answer = await service.call('GET', '/api/v1/alerts?state=all');
      return answer.body.items.length > 0 && answer;
    });
    expect(body.items).toMatchObject([{ rule: 'head-high', tag: 'pump-1.head', raisedAt: expect.any(String) }]);
  };

  let service = await startTestService(PLANT, options);
  const refused = await service.call('POST', '/api/v1/readings', {
    readings: [{ tag: 'pump-1.head', at: from, value: 99 }],
  });
  expect(JSON.stringify(refused.body)).toContain('derived_tag');
  expect((await service.call('POST', '/api/v1/readings', { readings })).status).toBeLessThan(300);
  await check(service);
  await service[Symbol.asyncDispose]();

  // As if it had crashed before its first checkpoint.
  await queryDatabase(options.databaseUrl, 'delete from engine_checkpoint');
  service = await startTestService(PLANT, options);
  const more = { tag: 'pump-1.in', at: from + 7_000, value: 1 };
  await service.call('POST', '/api/v1/readings', { readings: [more, { ...more, tag: 'pump-1.out', value: 2 }] });
  await waitFor(
    'what comes after the replay',
    async () => (await stored(options.databaseUrl, 'pump-1.twice')).length === HEADS.length + 1,
  );
  expect((await stored(options.databaseUrl, 'pump-1.head')).slice(0, -1)).toEqual(expected);

  const context = {
    databaseUrl: options.databaseUrl,
    clock: systemClock,
    signal: new AbortController().signal,
    onProgress: () => {},
  };
  const range = { from: from - 1_000, to: from + 10_000, warmUpMs: 0 };
  const asked = { ...range, plant: plantOf(PLANT), present: null, rules: [], labels: [], workOrderMs: null };
  const report = await runBacktest(asked, context);
  expect(report).toMatchObject({ tags: 2, rules: [{ rule: 'head-high', same: expect.any(Number), new: 0, gone: 0 }] });
  expect(report!.notes).toEqual([TAKEN_AS_ACKNOWLEDGED]);

  // History ends 7 s after it began: that nothing is stored of the next 43 is no silence.
  await waitFor(
    'the newest readings to be kept',
    async () => (await queryDatabase(options.databaseUrl, 'select 1 from reading_latest')).length > 0,
  );
  const silent = plantOf(`${PLANT}  silent: { on: pump-1.in, detect: stale, with: { after: 20s }, workOrder: none }\n`);
  const later = await runBacktest({ ...asked, plant: silent, to: from + 50_000 }, context);
  expect(later!.rules.map(({ rule }) => rule)).toEqual(['head-high']);
  await service[Symbol.asyncDispose]();
});
