import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { afterAll, expect, it } from 'vitest';
import { scrapeConservation } from '../kit/conservation.ts';
import { createDatabase, queryDatabase } from '../kit/database.ts';
import { openGate } from '../kit/gate.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { waitFor } from '../kit/wait.ts';

const directory = mkdtempSync(join(tmpdir(), 'millwright-conservation-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const plant = (brokerPort: number) => `
plant: conservation
timezone: UTC
adapters:
  push: { kind: http, adopt: auto }
  sensors:
    kind: mqtt
    url: mqtt://127.0.0.1:${brokerPort}
    adopt: auto
    map: [{ topic: plant/+asset/+tag, value: $.value, time: $.ts }]
assets:
  pump-1: { tags: { level: { from: push, deadband: 1 } } }
`;

const beginAt = Date.now() - 3_600_000;

/** Of every 10: 6 good, 1 sent again, 1 the same time with another value, 1 no number, 1 of last century. */
function mixed(sequence: number): unknown[] {
  return Array.from({ length: 100 }, (_, i) => {
    const n = sequence * 100 + i;
    const at = beginAt + n;
    if (i % 10 === 6) return { tag: 'mix.a', at: at - 1, value: n - 1 };
    if (i % 10 === 7) return { tag: 'mix.a', at: at - 2, value: -n };
    if (i % 10 === 8) return { tag: 'mix.a', at, value: 'no number' };
    if (i % 10 === 9) return { tag: 'mix.a', at: 1, value: 1 };
    return { tag: 'mix.a', at, value: n };
  });
}

/** Pushes until `signal` aborts; every batch is scraped after, and all that was wrong comes back. */
async function pushAndScrape(service: TestService, from: number, signal: AbortSignal): Promise<string[]> {
  const complaints: string[] = [];
  for (let sequence = from; !signal.aborted; sequence++) {
    const sent = service.call('POST', '/api/v1/readings', { readings: mixed(sequence) });
    const level = { tag: 'pump-1.level', at: Date.now(), value: 5 }; // within its deadband all but once
    const alone = service.call('POST', '/api/v1/readings', { readings: [level] });
    complaints.push(...(await scrapeConservation(service.url)).complaints);
    expect((await sent).status).toBe(200);
    await alone;
    complaints.push(...(await scrapeConservation(service.url)).complaints);
  }
  return complaints;
}

it('every reading is somewhere: under mixed load, while the database is away, after it is back, and after a restart', async () => {
  const aedes = await Aedes.createBroker();
  const listener = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const brokerPort = (listener.address() as AddressInfo).port;
  const publisher = await mqtt.connectAsync(`mqtt://127.0.0.1:${brokerPort}`);
  const direct = await createDatabase();
  await using gate = await openGate(Number(new URL(direct).port));
  const databaseUrl = Object.assign(new URL(direct), { port: String(gate.port) }).href;
  const options = { dataDirectory: directory, databaseUrl };
  let service = await startTestService(plant(brokerPort), options);
  await waitFor('the broker', async () =>
    (await service.call('GET', '/api/v1/sources')).body.items.some(
      ({ id, state }: { id: string; state: string }) => id === 'sensors' && state === 'up',
    ),
  );

  const stopping = new AbortController();
  const pushing = [0, 10_000, 20_000].map((from) => pushAndScrape(service, from, stopping.signal));
  for (let i = 0; i < 200; i++) {
    const payload = i % 5 === 0 ? 'nonsense' : JSON.stringify({ value: i, ts: new Date(beginAt + i).toISOString() });
    await publisher.publishAsync('plant/motor-1/current', payload, { qos: 1 });
  }
  await waitFor('every kind', async () => {
    const { stored, duplicates, conflicts, sources } = await scrapeConservation(service.url);
    return stored > 500 && duplicates > 50 && conflicts > 50 && (sources.get('sensors')?.received ?? 0) >= 200;
  });

  gate.shut();
  const before = await scrapeConservation(service.url);
  const away = await waitFor('readings to wait', async () => {
    const now = await scrapeConservation(service.url);
    return now.waiting > before.waiting + 2_000 && now;
  });
  gate.open();
  await waitFor('them to be written', async () => {
    const { stored, waiting } = await scrapeConservation(service.url);
    return stored > away.stored && waiting < 1_000;
  });
  stopping.abort();
  expect((await Promise.all(pushing)).flat()).toEqual([]);

  const drained = await waitFor('all to be written', async () => {
    const now = await scrapeConservation(service.url);
    return now.waiting === 0 && now;
  });
  expect(drained).toMatchObject({ complaints: [], atStart: 0, quarantined: 0, lost: 0 });
  for (const { inFlight } of drained.sources.values()) expect(inFlight).toBe(0);
  expect(drained.sources.get('sensors')).toMatchObject({ received: 200, accepted: 160, discarded: 40 });
  const [rows] = await queryDatabase<{ n: number }>(direct, 'select count(*)::int as n from reading');
  // A commit whose answer was cut off is made again, and its rows are found to be there: stored once, counted as duplicates.
  expect(rows!.n).toBeGreaterThanOrEqual(drained.stored);
  expect(rows!.n).toBeLessThanOrEqual(drained.stored + drained.duplicates);

  // What one run leaves in the log is what the next one begins with.
  gate.shut();
  const left = Array.from({ length: 700 }, (_, i) => ({ tag: 'mix.b', at: beginAt + i, value: i }));
  expect((await service.call('POST', '/api/v1/readings', { readings: left })).body.accepted).toBe(700);
  expect(await scrapeConservation(service.url)).toMatchObject({ complaints: [], waiting: 700 });
  await service[Symbol.asyncDispose]();
  gate.open();
  service = await startTestService(plant(brokerPort), options);
  const restarted = await waitFor('what was left to be written', async () => {
    const now = await scrapeConservation(service.url);
    expect(now.complaints).toEqual([]);
    return now.stored === 700 && now;
  });
  expect(restarted).toMatchObject({ atStart: 700, accepted: 0, waiting: 0 });
  await publisher.endAsync();
  await service[Symbol.asyncDispose]();
  aedes.close();
  listener.close();
});
