import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase } from '../kit/database.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const told: { readonly alert: string; readonly effect: string }[] = [];
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { type, data } = JSON.parse(Buffer.concat(chunks).toString());
  told.push({ alert: data.alert.id, effect: type.replace('alert.', '') });
  response.end();
});
const dataDirectory = mkdtempSync(join(tmpdir(), 'millwright-events-'));
let test: TestService;
let restart: () => Promise<TestService>;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const plant = `
plant: events
timezone: UTC
assets: { boiler: { name: Boiler } }
notify: { ear: { kind: webhook, url: "http://127.0.0.1:${port}/", secretFile: secret } }
allowPrivateWebhookTargets: ["127.0.0.1/32"]
`;
  const databaseUrl = await createDatabase();
  restart = () => startTestService(plant, { dataDirectory, databaseUrl });
  test = await restart();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  server.close();
  rmSync(dataDirectory, { recursive: true, force: true });
});

const flame = { source: 'Boiler 2', condition: 'FlameOut', message: 'no flame', severity: 900, asset: 'boiler' };
const tell = (...events: unknown[]) => test.call('POST', '/api/v1/events', { events });
const alerts = async () => (await test.call('GET', '/api/v1/alerts?kind=external')).body.items;
const inState = (state: string) =>
  waitFor(`an alert that is ${state}`, async () => {
    const items = await alerts();
    return items.length === 1 && items[0].state === state && items[0];
  });

it('an event raises an alert once, people are told, and its end returns it, also after a restart', async () => {
  const answer = await tell(
    { ...flame, active: true },
    { ...flame, condition: '' },
    { ...flame, at: 'soon', active: true },
    7,
  );
  expect(answer).toMatchObject({ status: 200, body: { accepted: 1 } });
  expect(answer.body.rejected.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual([
    [1, 'invalid_item'],
    [2, 'invalid_item'],
    [3, 'invalid_item'],
  ]);
  const raised = await inState('unacknowledged');
  expect(raised).toMatchObject({ asset: 'boiler', source: 'push', priority: 'high', rule: 'external' });
  expect(raised.explanation).toBe('Boiler 2 FlameOut: no flame (severity 900)');
  await waitFor('a message', () => told.some(({ alert, effect }) => alert === raised.id && effect === 'raised'));

  const elsewhere = { ...flame, active: true, asset: 'boiler-9' };
  expect((await tell({ ...flame, active: true }, { ...elsewhere, active: false, condition: 'Draught' })).body).toEqual({
    accepted: 2,
    rejected: [],
    warnings: [{ index: 1, code: 'unknown_subject', reason: 'the plant has no asset boiler-9: its alert has none' }],
  });
  await test[Symbol.asyncDispose]();
  test = await restart();
  expect((await tell({ ...flame, active: false })).body).toEqual({ accepted: 1, rejected: [] });
  expect(await inState('returned')).toMatchObject({ id: raised.id });
  await waitFor('the message of its end', () => told.some(({ effect }) => effect === 'returned'));
  expect(told.filter(({ effect }) => effect === 'raised')).toHaveLength(1);
});

it('a list that is none, or is too long, is refused whole', async () => {
  expect((await test.call('POST', '/api/v1/events', [flame])).status).toBe(400);
  const many = Array.from({ length: 1_001 }, () => ({ ...flame, active: false }));
  expect((await tell(...many)).status).toBe(400);
});
