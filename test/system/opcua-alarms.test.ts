import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogLevel, setLogLevel } from 'node-opcua';
import { afterAll, afterEach, expect, it } from 'vitest';
import { acknowledge, addAlarms } from '../../adapters/opcua/alarms-testbench.ts';
import { startPlant } from '../../adapters/opcua/testbench.ts';
import { type Program, startProgram } from '../kit/child.ts';
import { createDatabase } from '../kit/database.ts';
import { freePort } from '../kit/free-port.ts';
import { waitFor } from '../kit/wait.ts';

interface AlertBody {
  readonly id: string;
  readonly kind: string;
  readonly tag: string | null;
  readonly asset: string | null;
  readonly state: string;
  readonly level: string | null;
  readonly priority: string;
  readonly explanation: string;
  readonly acknowledgedBy: string | null;
  readonly raisedAt: string;
}

const KEY = 'alarms-test-key';
/** A busy machine needs that long for a connect. */
const PATIENCE_MS = 60_000;
const directory = mkdtempSync(join(tmpdir(), 'millwright-opcua-alarms-'));
const stops: (() => Promise<unknown>)[] = [];
let program: Program | null = null;
afterEach(async () => {
  await program?.end('SIGTERM');
  program = null;
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('alarms of an OPC UA server are alerts, right through kills of the service and restarts of the server', async () => {
  setLogLevel(LogLevel.Emergency);
  const port = await freePort();
  const server = await startPlant({ port });
  stops.push(server.stop);
  const alarms = addAlarms(server);
  const heard = await listen();
  const databaseUrl = await createDatabase();
  const run = () => startService({ port, databaseUrl, webhook: heard.url });

  // Before anybody listens.
  alarms.door('active');
  let api = await run();
  const door = await api.alert('Door', 'unacknowledged');
  expect(door).toMatchObject({
    kind: 'external',
    tag: null,
    priority: 'medium',
    explanation: expect.stringMatching(/open \(severity 300\)$/),
  });
  alarms.setLevel(85);
  const tank = await api.alert('TankLevel', 'unacknowledged');
  expect(tank).toMatchObject({ tag: 'tank.level', asset: 'tank', level: 'H', priority: 'low' });
  expect((await api.get('/alerts?kind=machine')).items).toEqual([]);
  await waitFor('messages of both', () => heard.of(door.id).includes('raised') && heard.of(tank.id).includes('raised'));

  // Ended, or not, while the service was dead.
  await program!.end('SIGKILL');
  alarms.door('inactive');
  api = await run();
  expect(await api.alert('Door', 'returned')).toMatchObject({ id: door.id, raisedAt: door.raisedAt });
  expect(await api.alert('TankLevel', 'unacknowledged')).toMatchObject({ id: tank.id });

  // Acknowledged here, and there after it had ended: its branch.
  expect((await api.post(`/alerts/${door.id}/acknowledge`)).state).toBe('normal');
  alarms.setLevel(50);
  await api.alert('TankLevel', 'returned');
  await acknowledge(server, alarms.tank, 'seen at the panel');
  expect(await api.alert('TankLevel', 'normal')).toMatchObject({
    id: tank.id,
    acknowledgedBy: expect.stringMatching(/at line$/),
  });
  const { events } = await api.get(`/alerts/${tank.id}`);
  expect(events.map(({ effect }: { effect: string }) => effect)).toEqual(['raised', 'returned', 'cleared']);
  expect(events.at(-1).note).toBe('seen at the panel');

  // A lost link clears nothing; a server that has forgotten its alarms does.
  alarms.door('active');
  const second = await api.alert('Door', 'unacknowledged');
  expect(second.id).not.toBe(door.id);
  await server.server.shutdown(0);
  await waitFor('the lost link', async () => (await api.get('/sources')).items[0].state === 'waiting');
  expect(await api.alert('Door', 'unacknowledged')).toMatchObject({ id: second.id });
  const restarted = await startPlant({ port });
  stops.push(restarted.stop);
  addAlarms(restarted);
  expect(await api.alert('Door', 'returned')).toMatchObject({ id: second.id });
  const last = (await api.get(`/alerts/${second.id}`)).events.at(-1);
  expect(last).toMatchObject({ effect: 'returned', note: 'the source no longer reports it' });
  await waitFor('all messages', () => heard.of(tank.id).length === 3 && heard.of(second.id).length === 2);
  expect(heard.of(tank.id)).toEqual(['raised', 'returned', 'cleared']);
  expect(program!.stderr()).not.toMatch(/unhandled/i);
});

async function startService({ port, databaseUrl, webhook }: { port: number; databaseUrl: string; webhook: string }) {
  const plantFile = join(directory, 'plant.yaml');
  const secretFile = join(directory, 'secret');
  writeFileSync(secretFile, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw', { mode: 0o600 });
  writeFileSync(
    plantFile,
    `
plant: alarms
timezone: UTC
adapters:
  line: { kind: opcua, url: "opc.tcp://127.0.0.1:${port}", publish: 250ms, timeout: 2s, events: { medium: 200 } }
assets:
  tank: { name: Tank, tags: { level: { from: line, address: { nodeId: "nsu=http://example.com/plant;s=Level" } } } }
notify:
  chat: { kind: webhook, url: "${webhook}", secretFile: "${secretFile}" }
allowPrivateWebhookTargets: ["127.0.0.1/32"]
`,
  );
  program = startProgram(['run', '--plant', plantFile, '--port', '0', '--data', join(directory, 'data')], {
    DATABASE_URL: databaseUrl,
    MILLWRIGHT_ADMIN_KEY: KEY,
    LOG_LEVEL: 'warn',
  });
  const url = (await program.until(/is at (http:\S+)\n/))[1]!;
  const call = async (method: string, path: string) => {
    const response = await fetch(`${url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${KEY}` } });
    expect(response.status).toBe(200);
    return response.json() as Promise<any>; // each caller looks at what it expects
  };
  return {
    get: (path: string) => call('GET', path),
    post: (path: string) => call('POST', path),
    /** The newest alert of an alarm, as soon as it is in a state. */
    alert: (name: string, state: string): Promise<AlertBody> =>
      waitFor(
        `${name} to be ${state}`,
        async () => {
          const { items } = await call('GET', '/alerts?kind=external');
          const alert = items.find(({ explanation }: AlertBody) => explanation.includes(name));
          return alert?.state === state ? alert : null;
        },
        PATIENCE_MS,
      ),
  };
}

/** Takes messages; remembers which effects of each alert they told. */
async function listen() {
  const told: { readonly alert: string; readonly effect: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { type, data } = JSON.parse(Buffer.concat(chunks).toString());
    told.push({ alert: data.alert.id, effect: type.replace('alert.', '') });
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}/`,
    of: (alert: string) => told.filter((each) => each.alert === alert).map(({ effect }) => effect),
  };
}
