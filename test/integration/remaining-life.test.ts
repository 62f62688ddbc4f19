import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seeded } from '../../rules/math/seeded.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const HOUR_MS = 3_600_000;
/** A back-test starts threads, which a busy machine takes its time for. */
const THREADS_MS = 150_000;
const told: any[] = []; // bodies of messages, as they came
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  told.push(JSON.parse(Buffer.concat(chunks).toString()));
  response.end();
});
let test: TestService;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  test = await startTestService(`
plant: wear
adapters: { push: { kind: http } }
assets:
  line: {}
  pump: { parent: line, tags: { wear: { unit: um, from: push } } }
  idle: { tags: { wear: { unit: um, from: push } } }
rules:
  pump-wear:
    on: pump.wear
    detect: forecast
    with: { high: 1000, within: 30d, soon: 1m, every: 1s, blocks: 12 }
    workOrder: { failureMode: PDE, due: 20d }
  idle-wear: { on: idle.wear, detect: limit, with: { high: 1000 } }
notify: { ear: { kind: webhook, url: "http://127.0.0.1:${port}/", secretFile: secret } }
allowPrivateWebhookTargets: ["127.0.0.1/32"]
`);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  server.close();
});

/** A second each; after a minute the wear is ten times as fast. */
function wear(from: number): object[] {
  const { normal } = seeded(7);
  return Array.from({ length: 120 }, (_, i) => {
    const value = (i < 60 ? 0.01 * i : 0.6 + 0.1 * (i - 60)) + 0.001 * normal();
    return { tag: 'pump.wear', at: from + 1_000 * i, value };
  });
}

it('a forecast comes with its numbers to the API, the webhook, the job and the back-test', async () => {
  const from = Math.floor(Date.now() / 1_000) * 1_000 - 180_000;
  expect((await test.call('POST', '/api/v1/readings', { readings: wear(from) })).status).toBe(200);
  const alert = await waitFor('the forecast that follows the faster wear', async () => {
    const { items } = (await test.call('GET', '/api/v1/alerts?state=active')).body;
    return items.length === 1 && items[0].rul?.p50 < 5 && items[0];
  });
  const { events, ...detail } = (await test.call('GET', `/api/v1/alerts/${alert.id}`)).body;
  expect(detail.rul).toEqual(alert.rul);
  const [raised, ...changed] = events;
  expect(raised).toMatchObject({ effect: 'raised', level: 'H' });
  expect(raised.rul.p10).toBeLessThanOrEqual(raised.rul.p50);
  expect(raised.rul.p50).toBeLessThanOrEqual(raised.rul.p90);
  expect(raised.rul.p50).toBeGreaterThan(20);
  expect(changed.at(-1)).toMatchObject({ effect: 'changed', rul: alert.rul });

  const message = await waitFor('the message of the alert', () => told.find(({ type }) => type === 'alert.raised'));
  expect(message.data.alert.rul).toEqual(raised.rul);
  await waitFor('the message of the faster wear', () =>
    told.some(({ type, data }) => type === 'alert.changed' && data.alert.rul.p50 === alert.rul.p50),
  );

  const { items } = (await test.call('GET', '/api/v1/work-orders')).body;
  expect(items).toHaveLength(1);
  const { dueAt } = message.data.workOrder;
  expect(Date.parse(dueAt)).toBeCloseTo(Date.parse(raised.rul.at) + raised.rul.p10 * HOUR_MS, -1);
  expect(Date.parse(items[0].dueAt)).toBeLessThan(Date.parse(dueAt)); // it follows the forecast
  expect(items[0].description).toMatch(/\nTime left: .+ \(P10\), .+ \(P50\), .+ \(P90\), which is why the job is due/);

  const range = { from: new Date(from).toISOString(), to: new Date(from + 150_000).toISOString() };
  const asked = await test.call('POST', '/api/v1/backtests', { ...range, rules: ['pump-wear'] });
  expect(asked.status).toBe(202);
  const done = await waitFor(
    'the back-test',
    async () => {
      const { body } = await test.call('GET', `/api/v1/backtests/${asked.body.id}`);
      return body.state === 'done' && body;
    },
    THREADS_MS,
  );
  const [change] = done.report.changes;
  expect(change.before.rul).toEqual(raised.rul);
  expect(change.now.rul).toEqual(raised.rul);
}, 240_000);

it('the health of a machine counts the forecast, and a machine that nobody hears has none', async () => {
  const { body: pump } = await test.call('GET', '/api/v1/assets/pump/health');
  expect(pump).toMatchObject({ asset: 'pump', confidence: 1, blind: [] });
  expect(pump.pulls).toMatchObject([{ kind: 'forecast', tag: 'pump.wear', unit: 'um', limit: 1_000 }]);
  const { p50 } = pump.pulls[0].rul;
  expect(pump.health).toBeCloseTo(0.5 + (0.25 * p50) / 720, 6); // told of from 30 d on

  const { items } = (await test.call('GET', '/api/v1/health?limit=10')).body;
  const said = new Map<string, any>(items.map((item: { asset: string }) => [item.asset, item]));
  expect(said.get('pump')).toMatchObject({ health: pump.health, says: pump.says });
  expect(said.get('line')).toMatchObject({ health: pump.health, confidence: 1 });
  expect(said.get('idle')).toMatchObject({ health: null, confidence: 0 });
  expect((await test.call('GET', '/api/v1/assets/idle/health')).body.blind).toMatchObject([
    { rule: 'idle-wear', tag: 'idle.wear', reason: 'never heard', since: null },
  ]);
  expect((await test.call('GET', '/api/v1/assets/fan/health')).status).toBe(404);
});
