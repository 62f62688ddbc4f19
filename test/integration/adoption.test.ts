import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const plant = (more = '') => `
plant: adoption
timezone: UTC
adapters:
  push: { kind: http, adopt: ask, adoptLimit: 3 }
assets:
  pump-1: { tags: { flow: { unit: "l/min", from: push }${more} } }
`;
const directory = mkdtempSync(join(tmpdir(), 'millwright-adoption-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const push = (test: TestService, tag: string, value: number) =>
  test.call('POST', '/api/v1/readings', { readings: [{ tag, at: Date.now(), value }] });
const unknown = async (test: TestService) => (await test.call('GET', '/api/v1/unknown-tags')).body;
const adopt = (test: TestService, tags: string[]) =>
  test.call('POST', '/api/v1/unknown-tags/adopt', { source: 'push', tags });

it('an unknown tag is listed, adopted by one call, stored from then on, and still a tag after a restart', async () => {
  const databaseUrl = await createDatabase();
  const start = (text = plant()) => startTestService(text, { dataDirectory: directory, databaseUrl });
  {
    // One that the plant file knew earlier: its row is there, retired.
    await using before = await start(plant(', old: { from: push }'));
    expect((await push(before, 'pump-1.old', 1)).status).toBe(200);
  }
  {
    await using test = await start();
    for (const value of [1, 2]) expect((await push(test, 'rack-1.temp', value)).status).toBe(422);
    for (const tag of ['pump-1.old', 'rack-1.hum', 'rack-1.extra']) await push(test, tag, 5);
    const listed = await unknown(test);
    expect(listed.items.map(({ name, count, value }: any) => [name, count, value])).toEqual([
      ['pump-1.old', 1, 5],
      ['rack-1.hum', 1, 5],
      ['rack-1.temp', 2, 2],
    ]);
    expect(listed.notListed).toBe(1);

    expect(await adopt(test, ['rack-1.temp', 'pump-1.old', 'never.seen', 'pump-1.flow'])).toEqual({
      status: 200,
      body: {
        adopted: ['rack-1.temp', 'pump-1.old'],
        refused: [
          { tag: 'never.seen', code: 'unknown_tag', reason: 'push has not brought it since the service was started' },
          { tag: 'pump-1.flow', code: 'duplicate', reason: 'it is a tag already' },
        ],
      },
    });
    expect((await unknown(test)).items.map(({ name }: any) => name)).toEqual(['rack-1.hum']);
    expect((await push(test, 'rack-1.temp', 3)).status).toBe(200);
    await push(test, 'rack-1.extra', 1);
    const both = (await adopt(test, ['rack-1.hum', 'rack-1.extra'])).body;
    expect(both.adopted).toEqual(['rack-1.hum']);
    expect(both.refused).toMatchObject([{ tag: 'rack-1.extra', code: 'adopt_limit' }]);
  }
  await using test = await start();
  for (const tag of ['rack-1.temp', 'pump-1.old', 'rack-1.hum']) {
    expect({ tag, status: (await push(test, tag, 7)).status }).toEqual({ tag, status: 200 });
  }
  await waitFor('the row', async () => {
    const { body } = await test.call('GET', '/api/v1/tags/rack-1.temp/readings');
    return body.items?.some(({ value }: any) => value === 7);
  });
  const assets = (await test.call('GET', '/api/v1/assets')).body.items.map(({ id }: any) => id);
  expect(assets).toEqual(['pump-1', 'rack-1']);
});

it('a tag whose service was killed before it was stored belongs to the source that brings it again', async () => {
  const own = mkdtempSync(join(tmpdir(), 'millwright-adoption-killed-'));
  const databaseUrl = await createDatabase();
  const text = 'plant: killed\nadapters:\n  push: { kind: http, adopt: auto, adoptLimit: 2 }\n';
  const start = () => startTestService(text, { dataDirectory: own, databaseUrl });
  const sources = () => queryDatabase<object>(databaseUrl, `select name, source from tag where name like 'rack.%'`);
  {
    await using before = await start();
    expect((await push(before, 'rack.a', 1)).status).toBe(200);
    await waitFor('the tag', async () => (await sources()).length === 1);
  }
  // As if the reading had reached the log only.
  for (const table of ['reading_latest', 'reading', 'tag', 'log_cursor']) {
    await queryDatabase(databaseUrl, `delete from ${table}`);
  }
  {
    await using test = await start();
    await waitFor('the tag', async () => (await sources()).length === 1);
    expect(await sources()).toEqual([{ name: 'rack.a', source: null }]);
    expect((await push(test, 'rack.a', 2)).status).toBe(200);
    await waitFor('its source', async () => JSON.stringify(await sources()).includes('"push"'));
    expect((await push(test, 'rack.b', 1)).status).toBe(200);
    expect((await push(test, 'rack.c', 1)).body.rejected).toMatchObject([{ code: 'adopt_limit' }]);
  }
  rmSync(own, { recursive: true, force: true });
});
