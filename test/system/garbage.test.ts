import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { Agent } from 'undici';
import { expect, it } from 'vitest';
import { registerValue } from '../../adapters/simulator/faulty/modbus-peer.ts';
import { scrapeConservation } from '../kit/conservation.ts';
import {
  CALLS_AT_ONCE,
  each,
  GOOD_EVERY,
  isGood,
  payloadOf,
  payloadsOfAKind,
  post,
  watchConservation,
} from '../kit/flood.ts';
import { seeded } from '../kit/seeded.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { startSimulatedPeer } from '../kit/simulated-peer.ts';
import { storedRows } from '../kit/stored-rows.ts';
import { waitFor } from '../kit/wait.ts';

const PAYLOADS = payloadsOfAKind(20_000);
const SEED = 7;
/** A good line is the first of its body: in line protocol a quote that garbage opens holds the lines behind it, too. */
const LINES_A_BODY = GOOD_EVERY;
const beginAt = Date.now() - 3_600_000;

const plant = (ports: { readonly broker: number; readonly modbus: number }) => `
plant: garbage
timezone: Europe/Berlin
adapters:
  push: { kind: http, adopt: never }
  sensors:
    kind: mqtt
    url: mqtt://127.0.0.1:${ports.broker}
    adopt: never
    map: [{ topic: plant/+asset/+tag, value: $.value, time: $.ts }]
  plc: { kind: modbus, host: 127.0.0.1, port: ${ports.modbus}, poll: 50ms, timeout: 200ms }
assets:
  good:
    tags:
      json: { from: push }
      ndjson: { from: push }
      line: { from: push }
      mqtt: { from: sensors }
  junk: { tags: { json: { from: push }, ndjson: { from: push }, line: { from: push }, mqtt: { from: sensors } } }
  press:
    tags:
      a: { from: plc, address: { unitId: 1, table: holding, register: 40, type: uint16 } }
      b: { from: plc, address: { unitId: 2, table: holding, register: 7, type: uint16 } }
`;

const assetOf = (i: number) => (isGood(i) ? 'good' : 'junk');
const jsonItem = (tag: string, i: number) => JSON.stringify({ tag: `${assetOf(i)}.${tag}`, at: beginAt + i, value: i });

async function pushJson(service: TestService, agent: Agent): Promise<void> {
  const random = seeded(SEED);
  const bodies = (i: number) => payloadOf(i, Buffer.from(`{"readings":[${jsonItem('json', i)}]}`), random);
  await each(PAYLOADS, async (i) => {
    const status = await post(service, agent, { path: '/api/v1/readings', type: 'application/json', body: bodies(i) });
    if (isGood(i)) expect(status).toBe(200);
  });
}

/** Posts bodies of many lines. */
async function pushLines(
  service: TestService,
  agent: Agent,
  options: { readonly path: string; readonly type: string; readonly lineOf: (i: number) => string },
): Promise<void> {
  const random = seeded(SEED + 1);
  await each(PAYLOADS / LINES_A_BODY, async (body) => {
    const lines = Array.from({ length: LINES_A_BODY }, (_, n) => {
      const i = body * LINES_A_BODY + n;
      return payloadOf(i, Buffer.from(options.lineOf(i)), random);
    });
    const { path, type } = options;
    await post(service, agent, { path, type, body: Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])) });
  });
}

async function publish(port: number): Promise<void> {
  const random = seeded(SEED + 2);
  const publisher = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  const payloads = (i: number) => payloadOf(i, Buffer.from(JSON.stringify({ ts: beginAt + i, value: i })), random);
  await each(PAYLOADS, async (i) => {
    await publisher.publishAsync(`plant/${assetOf(i)}/mqtt`, payloads(i), { qos: 1 });
  });
  await publisher.endAsync();
}

it('garbage at every input neither stops the service nor hides what is good', async () => {
  const aedes = await Aedes.createBroker();
  const broker = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(broker, 'listening');
  const brokerPort = (broker.address() as AddressInfo).port;
  const faults = ['exception', 'rst', 'garbage', 'previous', 'foreign', 'misnumbered', 'short', 'cut'];
  await using modbus = await startSimulatedPeer(
    'modbus',
    faults.map((fault) => `${fault}:0.025`),
  );
  await using service = await startTestService(plant({ broker: brokerPort, modbus: modbus.port }));
  const agent = new Agent({ connections: CALLS_AT_ONCE });
  const sources = async (): Promise<{ id: string; state: string; diagnosis: string; isWell: boolean }[]> =>
    (await service.call('GET', '/api/v1/sources')).body.items;
  await waitFor('the broker', async () =>
    (await sources()).some(({ id, state }) => id === 'sensors' && state === 'up'),
  );

  const watch = watchConservation(service);
  await pushLines(service, agent, {
    path: '/api/v1/readings',
    type: 'application/x-ndjson',
    lineOf: (i) => jsonItem('ndjson', i),
  });
  await pushLines(service, agent, {
    path: '/api/v2/write?precision=ms',
    type: 'text/plain',
    lineOf: (i) => `m,asset=${assetOf(i)},point=line value=${i} ${beginAt + i}`,
  });
  await Promise.all([pushJson(service, agent), publish(brokerPort)]);

  const goodAt = Array.from({ length: PAYLOADS / GOOD_EVERY }, (_, i) => i * GOOD_EVERY);
  for (const tag of ['json', 'ndjson', 'line', 'mqtt']) {
    await waitFor(`every good value of ${tag}`, async () => {
      const rows = await storedRows(service.databaseUrl, `good.${tag}`);
      return rows.length === goodAt.length;
    });
    const rows = await storedRows(service.databaseUrl, `good.${tag}`);
    expect(rows.map(({ value }) => value)).toEqual(goodAt);
    expect(rows.map(({ at }) => at)).toEqual(goodAt.map((i) => beginAt + i));
  }
  const registers = await waitFor('a hundred good values of the registers', async () => {
    const rows = await storedRows(service.databaseUrl, 'press.');
    const good = rows.filter(({ quality }) => quality === 0);
    return good.length > 100 && good;
  });
  const held: Readonly<Record<string, number>> = {
    'press.a': registerValue('holding', 1, 40),
    'press.b': registerValue('holding', 2, 7),
  };
  expect(registers.filter(({ tag, value }) => value !== held[tag])).toEqual([]);

  expect(await watch.stop()).toEqual([]);
  const { sources: counts } = await scrapeConservation(service.url);
  expect(counts.get('push')?.discarded).toBeGreaterThan(PAYLOADS);
  expect(counts.get('sensors')?.received).toBeGreaterThanOrEqual(PAYLOADS * 0.9);
  const said = {
    push: /are malformed and cannot be read: check what is sent, and by whom/,
    sensors: /are malformed and cannot be read, the newest from plant\/\S+: check what is sent, and by whom/,
  };
  for (const [id, words] of Object.entries(said)) {
    const source = (await sources()).find((each) => each.id === id);
    expect(source?.isWell).toBe(false);
    expect(source?.diagnosis).toMatch(words);
  }
  expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);

  await agent.close();
  broker.close();
  aedes.close();
}, 600_000);
