import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../kit/child.ts';
import { createDatabase } from '../kit/database.ts';
import { metricOf } from '../kit/metric.ts';
import { MOSQUITTO, startMosquitto } from '../kit/mosquitto.ts';
import { PUBLISHED_MAP, startPublishers } from '../kit/publishers.ts';
import { startScriptedBroker } from '../kit/scripted-broker.ts';
import { seeded } from '../kit/seeded.ts';
import { storedRows } from '../kit/stored-rows.ts';
import { mustRun } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const SEED = Number(process.env['FAULT_SEED'] ?? 7);
const RESTARTS = Number(process.env['BROKER_RESTARTS'] ?? 4);
const PERSISTENT = ['allow_anonymous true', 'persistence true', 'max_queued_messages 100000'];
const KEY = 'broker-test-key';
const CONNACK_SERVER_UNAVAILABLE = 3;

const directory = mkdtempSync(join(tmpdir(), 'millwright-broker-'));
let program: Program | null = null;
afterEach(async () => {
  program?.child.kill('SIGCONT');
  await program?.end('SIGTERM');
  program = null;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function startService(name: string, brokerUrl: string): Promise<{ url: string; databaseUrl: string }> {
  const plantFile = join(directory, `${name}.yaml`);
  const adapter = `{ kind: mqtt, url: "${brokerUrl}", adopt: auto, map: [${PUBLISHED_MAP}] }`;
  writeFileSync(plantFile, `plant: broker\ntimezone: UTC\nadapters:\n  sensors: ${adapter}\n`);
  const databaseUrl = await createDatabase();
  program = startProgram(['run', '--plant', plantFile], {
    MILLWRIGHT_DATA: join(directory, name),
    MILLWRIGHT_PORT: '0',
    MILLWRIGHT_ADMIN_KEY: KEY,
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'warn',
  });
  const [, url] = await program.until(/is at (http:\S+)\n/);
  return { url: url!, databaseUrl };
}

const isLinked = (url: string) => async () => (await metricOf(url, 'source_up')) === 1;

describe.runIf(mustRun(MOSQUITTO, 'a broker that ends (apt-get install mosquitto)'))(`a broker (seed ${SEED})`, () => {
  it(`that is restarted ${RESTARTS} times under load delivers every confirmed message, and each is one row`, async () => {
    const random = seeded(SEED);
    await using broker = await startMosquitto(PERSISTENT);
    const { url, databaseUrl } = await startService('restarted', broker.url);
    await waitFor('the link', isLinked(url));
    using sensors = await startPublishers(broker.url, { name: 'sensors' });
    for (let restart = 0; restart < RESTARTS; restart++) {
      const before = sensors.confirmed();
      await waitFor('messages', () => sensors.confirmed() > before + 100);
      await sleep(random() * 500);
      await broker.restart('SIGTERM');
    }
    await sensors.stop();
    expect(await sensors.verify(databaseUrl)).toBeGreaterThan(RESTARTS * 100);
    expect(await metricOf(url, 'writer_readings_conflict_total')).toBe(0);
  });

  it('that is killed delivers again what it had stored, also what the service never acknowledged', async () => {
    await using broker = await startMosquitto(PERSISTENT);
    const { url, databaseUrl } = await startService('killed', broker.url);
    await waitFor('the link', isLinked(url));
    using sensors = await startPublishers(broker.url, { name: 'sensors' });
    await waitFor('messages', () => sensors.confirmed() > 200);
    program!.child.kill('SIGSTOP'); // from here on nothing is acknowledged: it piles up at the broker
    const before = sensors.confirmed();
    await waitFor('more messages', () => sensors.confirmed() > before + 500);
    await sensors.stop();
    const stored = () => statSync(broker.store, { throwIfNoEntry: false, bigint: true })?.mtimeNs;
    const storedBefore = stored();
    broker.signal('SIGUSR1'); // stores everything now; what a killed broker had not stored is the broker's loss
    await waitFor('the store', () => stored() !== storedBefore); // it gets its name when it is whole
    await broker.restart('SIGKILL');
    program!.child.kill('SIGCONT');
    await waitFor('the link', isLinked(url));
    expect(await sensors.verify(databaseUrl)).toBeGreaterThan(700);
  });
});

describe('a broker', () => {
  it('that refuses three times and then takes us is dialled until it does', async () => {
    const dialledAt: number[] = [];
    await using broker = await startScriptedBroker((packet, { number, send }) => {
      if (packet.cmd === 'connect') {
        dialledAt.push(Date.now());
        send({ cmd: 'connack', returnCode: number <= 3 ? CONNACK_SERVER_UNAVAILABLE : 0, sessionPresent: false });
      }
      if (packet.cmd === 'subscribe') send({ cmd: 'suback', messageId: packet.messageId!, granted: [1] });
    });
    const { url } = await startService('refused', broker.url);
    await waitFor('the link', isLinked(url));
    expect(dialledAt).toHaveLength(4);
    const pauses = dialledAt.slice(1).map((at, i) => at - dialledAt[i]!);
    expect(Math.min(...pauses)).toBeGreaterThan(100); // no storm
  });

  it('that loses every PUBACK and delivers three times with DUP makes one row', async () => {
    const at = Date.now() - 60_000;
    const acknowledged: number[] = [];
    await using broker = await startScriptedBroker((packet, { number, send, cut }) => {
      const deliver = () =>
        send({
          cmd: 'publish',
          topic: 'load/sensors/t0',
          payload: JSON.stringify({ value: 1.5, ts: at }),
          qos: 1,
          dup: number > 1,
          retain: false,
          messageId: 11,
        });
      if (packet.cmd === 'connect') send({ cmd: 'connack', returnCode: 0, sessionPresent: number > 1 });
      if (packet.cmd === 'subscribe') {
        send({ cmd: 'suback', messageId: packet.messageId!, granted: [1] });
        deliver();
      }
      if (packet.cmd === 'puback') {
        acknowledged.push(packet.messageId!);
        if (number < 3) cut(); // what the service has stored and acknowledged, this broker never learnt
      }
    });
    const { url, databaseUrl } = await startService('deaf', broker.url);
    await waitFor('three acknowledgements', () => acknowledged.length === 3);
    await waitFor('two duplicates', async () => (await metricOf(url, 'writer_readings_duplicate_total')) === 2);
    expect(await storedRows(databaseUrl, 'sensors.')).toEqual([{ tag: 'sensors.t0', at, value: 1.5, quality: 0 }]);
    expect(acknowledged).toEqual([11, 11, 11]);
  });

  it('that cuts the connection right after delivering gets nothing lost and nothing twice', async () => {
    const at = Date.now() - 60_000;
    let isAcknowledged = false;
    await using broker = await startScriptedBroker((packet, { number, send, cut }) => {
      if (packet.cmd === 'connect') send({ cmd: 'connack', returnCode: 0, sessionPresent: number > 1 });
      if (packet.cmd === 'puback') isAcknowledged = true;
      if (packet.cmd !== 'subscribe') return;
      send({ cmd: 'suback', messageId: packet.messageId!, granted: [1] });
      const payload = JSON.stringify({ value: 2.5, ts: at });
      const message = {
        cmd: 'publish',
        topic: 'load/sensors/t1',
        payload,
        qos: 1,
        retain: false,
        messageId: 12,
      } as const;
      send({ ...message, dup: number > 1 });
      if (number < 4) setImmediate(cut); // the readings are being appended, nobody is left to be told
    });
    const { url, databaseUrl } = await startService('cut', broker.url);
    await waitFor('an acknowledgement', () => isAcknowledged);
    await waitFor('the row', async () => (await storedRows(databaseUrl, 'sensors.')).length > 0);
    expect(await storedRows(databaseUrl, 'sensors.')).toEqual([{ tag: 'sensors.t1', at, value: 2.5, quality: 0 }]);
    expect(await metricOf(url, 'writer_readings_conflict_total')).toBe(0);
    expect(broker.connections()).toBe(4);
  });
});
