import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { Agent, request } from 'undici';
import { expect, it } from 'vitest';
import { registerValue } from '../../adapters/simulator/faulty/modbus-peer.ts';
import { systemClock } from '../../src/model/clock.ts';
import { scrapeConservation } from '../kit/conservation.ts';
import { seeded } from '../kit/seeded.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { startSimulatedPeer } from '../kit/simulated-peer.ts';
import { spoil } from '../kit/spoil.ts';
import { storedRows } from '../kit/stored-rows.ts';
import { waitFor } from '../kit/wait.ts';

/** Of each kind; 100000 take four minutes on two cores. */
const PAYLOADS = Number(process.env.MILLWRIGHT_GARBAGE_PAYLOADS ?? 20_000);
const GOOD_EVERY = 100;
const SEED = 7;
/** A good line is the first of its body: in line protocol a quote that garbage opens holds the lines behind it, too. */
const LINES_A_BODY = GOOD_EVERY;
const CALLS_AT_ONCE = 16;
const SCRAPE_EVERY_MS = 50;
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

/** Good payloads are told from garbage by their tag; garbage may happen to be readable, but not to be of a good tag. */
const isGood = (i: number) => i % GOOD_EVERY === 0;
const assetOf = (i: number) => (isGood(i) ? 'good' : 'junk');
const bytesOf = (i: number, text: string, random: () => number) =>
  isGood(i) ? Buffer.from(text) : spoil(Buffer.from(text), random);

const jsonItem = (tag: string, i: number) => JSON.stringify({ tag: `${assetOf(i)}.${tag}`, at: beginAt + i, value: i });

/** Calls `work` for 0 to `count` - 1, a few at once; the order in which they begin is always the same. */
async function each(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, one));
}

/** Posts a body; fails unless the service answers with something else than a failure of its own. */
async function post(service: TestService, agent: Agent, path: string, type: string, body: Buffer): Promise<number> {
  const answer = await request(`${service.url}${path}`, {
    method: 'POST',
    dispatcher: agent,
    headers: { authorization: `Bearer ${service.adminKey}`, 'content-type': type },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 500)
    throw new Error(`${path} answered ${answer.statusCode} to ${body.toString('latin1')}: ${text}`);
  return answer.statusCode;
}

async function pushJson(service: TestService, agent: Agent): Promise<void> {
  const random = seeded(SEED);
  const bodies = (i: number) => bytesOf(i, `{"readings":[${jsonItem('json', i)}]}`, random);
  await each(PAYLOADS, async (i) => {
    const status = await post(service, agent, '/api/v1/readings', 'application/json', bodies(i));
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
      return bytesOf(i, options.lineOf(i), random);
    });
    await post(
      service,
      agent,
      options.path,
      options.type,
      Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])),
    );
  });
}

async function publish(port: number): Promise<void> {
  const random = seeded(SEED + 2);
  const publisher = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  const payloads = (i: number) => bytesOf(i, JSON.stringify({ ts: beginAt + i, value: i }), random);
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

  const complaints: string[] = [];
  const watching = new AbortController();
  const watch = async () => {
    while (!watching.signal.aborted) {
      complaints.push(...(await scrapeConservation(service.url)).complaints);
      await systemClock.sleep(SCRAPE_EVERY_MS, watching.signal);
    }
  };
  const watched = watch();
  watched.catch(() => undefined); // it fails when the service is gone; the end of the test says so
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

  watching.abort();
  await watched;
  expect(complaints).toEqual([]);
  const { sources: counts } = await scrapeConservation(service.url);
  expect(counts.get('push')?.discarded).toBeGreaterThan(PAYLOADS);
  expect(counts.get('sensors')?.received).toBeGreaterThanOrEqual(PAYLOADS * 0.9);
  for (const id of ['push', 'sensors']) {
    const source = (await sources()).find((each) => each.id === id);
    expect(source?.isWell).toBe(false);
    expect(source?.diagnosis).toMatch(/are malformed and cannot be read: check what is sent, and by whom/);
  }
  expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);

  await agent.close();
  broker.close();
  aedes.close();
}, 600_000);
