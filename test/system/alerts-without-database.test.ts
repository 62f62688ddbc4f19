import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { queryDatabase } from '../kit/database.ts';
import { embeddedDatabase } from '../kit/embedded.ts';
import { freePort } from '../kit/free-port.ts';
import { waitFor } from '../kit/wait.ts';

const KEY = 'alert-test-key';
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw';

const directory = mkdtempSync(join(tmpdir(), 'millwright-alerts-'));
const data = join(directory, 'data');
const database = embeddedDatabase(data);

/** A message as the receiver got it, its signature checked. */
interface Received {
  readonly id: string;
  readonly at: number;
  readonly body: { type: string; data: { alert: { id: string; rule: string }; workOrder: { number: string } | null } };
}
const received: Received[] = [];
const byType = (type: string, rule: string) =>
  received.filter(({ body }) => body.type === type && body.data.alert.rule === rule);

let receiver: Server;
let program: Program;
let url: string;
let port: number;

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = new Webhook(SECRET).verify(text, request.headers as Record<string, string>) as Received['body'];
    received.push({ id: String(request.headers['webhook-id']), at: Date.now(), body });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  writeFileSync(join(directory, 'secret'), SECRET);
  const rule = (name: string) => `  ${name}: { on: press.${name}, detect: limit, with: { high: 90 }, priority: high,
    workOrder: { failureMode: OHE, due: 7d } }`;
  writeFileSync(
    join(directory, 'plant.yaml'),
    `plant: alerts
timezone: UTC
adapters: { push: { kind: http } }
assets:
  press: { name: Press, tags: { warm: { from: push }, hot: { from: push }, glowing: { from: push } } }
rules:
${['warm', 'hot', 'glowing'].map(rule).join('\n')}
notify:
  cmms: { kind: webhook, url: "http://127.0.0.1:${(receiver.address() as AddressInfo).port}/", secretFile: secret }
allowPrivateWebhookTargets: ["127.0.0.1/32"]
`,
  );
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
  await start();
});
afterAll(async () => {
  await program.end('SIGINT');
  receiver.closeAllConnections();
  receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<void> {
  program = startProgram(['run', '--plant', join(directory, 'plant.yaml')], {
    MILLWRIGHT_DATA: data,
    MILLWRIGHT_PORT: String(port),
    MILLWRIGHT_ADMIN_KEY: KEY,
    LOG_LEVEL: 'warn',
  });
  await program.until(/Plant alerts is at/);
}

async function push(tag: string, value: number): Promise<void> {
  const response = await fetch(`${url}/api/v1/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ readings: [{ tag: `press.${tag}`, at: Date.now(), value }] }),
  });
  expect(response.status).toBe(200);
}

/** Whether the journal of the service says what became of a message. It is written in whole lines, and a kill of the process takes none back. */
function hasResult(message: string): boolean {
  const lines = readFileSync(join(data, 'alerts.journal'), 'utf8').split('\n').slice(0, -1);
  return lines.some((line) => line.includes('"kind":"result"') && line.includes(message.replace(/_[^_]*$/, '')));
}

const untilBack = () =>
  waitFor('the database to be back', async () => (await fetch(`${url}/health/ready`)).status === 200);

/** Everything that the store says of one rule's alerts. */
const journalOf = (rule: string) =>
  queryDatabase<{ id: string; effect: string; job: string | null }>(
    database.url(),
    `select a.id, e.effect, w.number as job from alert a join alert_event e on e.alert_id = a.id
       left join work_order w on w.id = a.work_order_id where a.rule = '${rule}' order by e.id`,
  );
const deliveriesOf = (rule: string) =>
  queryDatabase<{ id: string; state: string; attempts: number }>(
    database.url(),
    `select d.id, d.state, d.attempts from delivery d join alert a on a.id = d.alert_id where a.rule = '${rule}' order by d.sequence`,
  );

describe('while the database is away', () => {
  it('alerts reach people, and are stored once when it is back', async () => {
    await push('warm', 95); // so that what follows is not the first the engine sees
    await waitFor('a message as on any day', () => byType('alert.raised', 'warm').length === 1);
    expect(byType('alert.raised', 'warm')[0]!.body.data.workOrder).toMatchObject({ number: expect.any(String) });

    const thaw = database.freeze();
    try {
      await push('hot', 95);
      await waitFor('the message of the alert', () => byType('alert.raised', 'hot').length === 1);
      await push('hot', 20);
      await waitFor('the message of its return', () => byType('alert.returned', 'hot').length === 1);
    } finally {
      thaw();
    }
    await untilBack();

    await waitFor('the job, once the database could number it', () => byType('alert.work_order', 'hot').length === 1);
    const journal = await journalOf('hot');
    expect(journal.map(({ effect }) => effect)).toEqual(['raised', 'returned']);
    expect(new Set(journal.map(({ id }) => id))).toEqual(
      new Set(byType('alert.raised', 'hot').map(({ body }) => body.data.alert.id)),
    );
    expect(byType('alert.work_order', 'hot')[0]!.body.data.workOrder!.number).toBe(journal[0]!.job);
    const deliveries = await waitFor('all to be delivered', async () => {
      const rows = await deliveriesOf('hot');
      return rows.length === 3 && rows.every(({ state }) => state === 'delivered') && rows;
    });
    expect(deliveries.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
    expect(received.filter(({ body }) => body.data.alert.rule === 'hot')).toHaveLength(3); // none was sent twice
  });

  it('a killed service stores at its next start what it had told, under the same ids, and tells it no second time', async () => {
    const thaw = database.freeze();
    try {
      await push('glowing', 99);
      const told = await waitFor('the message of the alert', () => byType('alert.raised', 'glowing')[0]);
      await waitFor('what became of it to be in the journal', () => hasResult(told.id));
      program.child.kill('SIGKILL');
    } finally {
      thaw();
    }
    await waitFor('it to be gone', () => program.child.signalCode !== null);
    await start();
    await waitFor('the alert in the store', async () => (await journalOf('glowing')).length === 1);
    const [told] = byType('alert.raised', 'glowing');
    expect((await journalOf('glowing'))[0]!.id).toBe(told!.body.data.alert.id);
    await waitFor('its job', () => byType('alert.work_order', 'glowing').length === 1);
    expect((await deliveriesOf('glowing')).filter(({ id }) => id === told!.id)).toEqual([
      { id: told!.id, state: 'delivered', attempts: 1 },
    ]);
    expect(byType('alert.raised', 'glowing')).toHaveLength(1);
  });
});
