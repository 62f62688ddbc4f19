import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createDatabase } from '../kit/database.ts';
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
