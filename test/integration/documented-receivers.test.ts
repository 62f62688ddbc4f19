import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { sign } from '../../src/notify/sign.ts';
import { freePort } from '../kit/free-port.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PLANT = `
plant: receivers
timezone: UTC
adapters: { push: { kind: http } }
assets:
  press-1: { tags: { vibration: { unit: mm/s, from: push } } }
rules:
  high: { on: press-1.vibration, detect: limit, with: { high: 4.5 }, workOrder: { failureMode: VIB } }
allowPrivateWebhookTargets: ["127.0.0.1/32"]
`;
/** What a reader of the README writes around its lines. */
const SERVER = `
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { receive } from './documented.mjs';
createServer(async (request, response) => {
  const body = await text(request);
  let status = 204;
  try { receive(body, request.headers); } catch { status = 401; }
  response.writeHead(status).end();
}).listen(process.env.PORT, '127.0.0.1');
`;

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** The code of a page that has this in it. */
function documented(page: string, mark: string): string {
  const blocks = readFileSync(join(ROOT, page), 'utf8').matchAll(/```js\n(.*?)```/gs);
  const [code, ...more] = [...blocks].map(([, block]) => block!).filter((block) => block.includes(mark));
  expect(more).toEqual([]);
  return code!;
}

/** Runs documented code as its reader would, beside the libraries that are installed here. */
async function startReceiver(
  service: TestService,
  { code, server }: { readonly code: string; readonly server?: string },
) {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-receiver-'));
  endings.push(() => rmSync(folder, { recursive: true }));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'documented.mjs'), code);
  writeFileSync(join(folder, 'server.mjs'), server ?? "import './documented.mjs';");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const { body } = await service.call('POST', '/api/v1/webhooks', { url });
  const secret: string = body.secret;
  const child: ChildProcess = spawn(process.execPath, [join(folder, 'server.mjs')], {
    env: { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const problems = text(child.stderr!);
  let said = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  endings.push(async () => {
    if (child.exitCode !== null || !child.kill()) return;
    await once(child, 'close');
  });
  const isThere = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await waitFor('the receiver', isThere);
  return { id: String(body.id), url, secret, child, problems, said: () => said };
}

it.each([
  ['docs/api.md', { code: documented('docs/api.md', 'isGenuine') }],
  ['README.md', { code: documented('README.md', 'standardwebhooks'), server: SERVER }],
])(
  'the receiver that %s shows takes what happens to alerts and to jobs, and nothing that is forged',
  async (_page, written) => {
    const service = await startTestService(PLANT);
    endings.push(() => service[Symbol.asyncDispose]());
    const receiver = await startReceiver(service, written);

    const at = Date.now();
    await service.call('POST', '/api/v1/readings', { readings: [{ tag: 'press-1.vibration', at, value: 5.2 }] });
    const alert = await waitFor('the alert', async () => (await service.call('GET', '/api/v1/alerts')).body.items[0]);
    await service.call('POST', `/api/v1/alerts/${alert.id}/acknowledge`);
    await service.call('POST', `/api/v1/work-orders/${alert.workOrder}/start`);
    await service.call('POST', `/api/v1/work-orders/${alert.workOrder}/complete`, {
      found: 'fault',
      cause: 'Lager, grün',
    });

    const deliveries = await waitFor('four deliveries', async () => {
      const { items } = (await service.call('GET', `/api/v1/deliveries?alert=${alert.id}`)).body;
      return items.length === 4 && items.every(({ state }: { state: string }) => state !== 'pending') && items;
    });
    expect(deliveries.map(({ state, attempts }: { state: string; attempts: number }) => [state, attempts])).toEqual(
      Array(4).fill(['delivered', 1]),
    );
    const sent = (type: string, forged = '') => {
      const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data: { plant: 'receivers' } });
      const headers = sign({ id: 'msg_new', body, secrets: [receiver.secret] }, Date.now())!;
      return fetch(receiver.url, { method: 'POST', headers, body: `${body}${forged}` });
    };
    expect((await sent('tomorrow.invented')).status).toBe(204);
    expect((await sent('alert.raised', ' ')).status).toBe(401);

    const said = receiver.said();
    expect(said).toMatch(/alert\.raised press-1\.vibration is 5\.2 mm\/s/);
    expect(said).toMatch(/alert\.acknowledged press-1\.vibration is 5\.2 mm\/s/);
    expect(said).toMatch(new RegExp(`work_order\\.started ${alert.workOrder} `));
    expect(said).toMatch(new RegExp(`work_order\\.completed ${alert.workOrder} `));
    expect(receiver.child.exitCode).toBe(null);
    receiver.child.kill();
    expect(await receiver.problems).toBe('');
  },
);
