import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Aedes, type AedesOptions } from 'aedes';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StoreError } from '../../src/model/errors.ts';
import type { Binding } from '../adapter.ts';
import { mqtt } from './index.ts';
import type { MqttAddress, MqttConfig } from './settings.ts';
import { gate, type Recorder, recorder, settings } from './testbench.ts';

const CONNACK_OK = Buffer.from([0x20, 2, 0, 0]);
const map = [{ topic: 'plant/+asset/+tag', value: '$.value', time: '$.ts' }];
const T = 1_767_225_600_000;

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  });
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP, so it is no pipe name
}

async function broker(options: AedesOptions = {}) {
  const aedes = await Aedes.createBroker(options);
  const server = createServer((socket) => void aedes.handle(socket));
  const url = await listen(server);
  endings.push(() => new Promise((resolve) => aedes.close(() => resolve())));
  const acknowledged: string[] = [];
  aedes.on('ack', (packet?: object) => {
    if (packet !== undefined && 'topic' in packet) acknowledged.push(String(packet.topic));
  });
  const publish = (topic: string, payload: unknown, qos: 0 | 1 = 1, retain = false) =>
    new Promise<void>((resolve, reject) => {
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
      const packet = { cmd: 'publish', topic, payload: text, qos, retain, dup: false } as const;
      aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  return { aedes, server, url, acknowledged, publish };
}

/** Starts the adapter; whatever the test leaves running is stopped after it. */
function run(made: Recorder, config: MqttConfig, bindings: Binding<MqttAddress>[] = []): Promise<void> {
  const ended = mqtt.run(config, bindings, made.ctx);
  endings.push(async () => {
    made.abort();
    await ended.catch(() => {}); // the test has looked at it
  });
  return ended;
}

async function connected(made: Recorder): Promise<void> {
  await vi.waitFor(() => expect(made.connections).toBe(1), { timeout: 20_000, interval: 5 });
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 });

describe('the mqtt adapter', () => {
  it('delivers a value with its own time', async () => {
    const { url, publish } = await broker();
    const made = recorder();
    void run(made, settings({ url }), [
      { tag: 'press-1.temperature', address: { topic: 'hall/t', value: '$.value', time: '$.ts' } },
    ]).catch(() => {});
    await connected(made);
    await publish('hall/t', { value: 61.5, ts: T });
    await until(() =>
      expect(made.readings).toEqual([{ tag: 'press-1.temperature', at: T, value: 61.5, quality: 'good' }]),
    );
    expect(made.observed).toEqual([{ ms: expect.any(Number) }]);
  });

  it('acknowledges a message only after it is stored, and in the order of receipt', async () => {
    const { url, publish, acknowledged } = await broker();
    const [first, second] = [gate(), gate()];
    const made = recorder(async ([reading]) => (reading?.value === 1 ? first.passed : second.passed));
    void run(made, settings({ url, map })).catch(() => {});
    await connected(made);
    await publish('plant/m/a', { value: 1, ts: T });
    await until(() => expect(made.calls).toHaveLength(1));
    await publish('plant/m/b', { value: 2, ts: T });
    await until(() => expect(made.calls).toHaveLength(2));
    second.open();
    await until(() => expect(made.readings).toHaveLength(1));
    expect(acknowledged).toEqual([]);
    first.open();
    await until(() => expect(acknowledged).toEqual(['plant/m/a', 'plant/m/b']));
  });

  it('ends when readings cannot be stored, and gets them again', async () => {
    const { url, publish, acknowledged } = await broker();
    const refusing = recorder(() => Promise.reject(new StoreError('log_full', 'the log is full')));
    const ended = run(refusing, settings({ url, map }));
    const outcome = expect(ended).rejects.toMatchObject({ name: 'AdapterError', code: 'log_full' });
    await connected(refusing);
    await publish('plant/m/a', { value: 1, ts: T });
    await outcome;
    expect(acknowledged).toEqual([]);

    const made = recorder();
    void run(made, settings({ url, map })).catch(() => {});
    await until(() => expect(made.readings).toEqual([{ tag: 'm.a', at: T, value: 1, quality: 'good' }]));
    await until(() => expect(acknowledged).toEqual(['plant/m/a']));
  });

  it('counts what is wrong, acknowledges it, and goes on', async () => {
    const { url, publish, acknowledged } = await broker();
    const made = recorder();
    void run(made, settings({ url, map, maxPayload: 100 })).catch(() => {});
    await connected(made);
    await publish('plant/m/a', '{"value":');
    await publish('plant/m/a', '{"value":1,"ts":1,"__proto__":{}}');
    await publish('plant/m/a', 'x'.repeat(101));
    await publish('plant/m/a', { value: [12], ts: T });
    await publish('plant/m/b', '{"value":');
    await publish('plant/m/a', { value: 7, ts: T });
    await until(() => expect(made.readings).toHaveLength(1));
    await until(() => expect(acknowledged).toHaveLength(6));
    expect(Object.fromEntries(made.discarded)).toEqual({ malformed: 3, too_large: 1, not_a_number: 1 });
    expect(made.origins.get('malformed')).toBe('plant/m/b');
    expect(made.origins.get('not_a_number')).toBe('plant/m/a');
  });

  it('stores a retained value that carries its time, and counts one that does not', async () => {
    const { url, publish } = await broker();
    await publish('plant/m/a', { value: 1, ts: T }, 1, true);
    await publish('bare/m/b', '5', 1, true);
    const made = recorder();
    const both = [...map, { topic: 'bare/+asset/+tag', value: '$' }];
    void run(made, settings({ url, map: both })).catch(() => {});
    await until(() => expect(made.discarded.get('retained')).toBe(1));
    await until(() => expect(made.readings.map(({ tag }) => tag)).toEqual(['m.a']));
  });

  it('gathers messages that arrive together into few calls', async () => {
    const { url, publish } = await broker();
    const made = recorder();
    void run(made, settings({ url, map })).catch(() => {});
    await connected(made);
    await Promise.all(Array.from({ length: 400 }, (_, n) => publish('plant/m/a', { value: n, ts: T + n }, 0)));
    await until(() => expect(made.readings).toHaveLength(400));
    expect(made.calls.length).toBeLessThan(100);
    expect(made.readings.map(({ value }) => value)).toEqual(Array.from({ length: 400 }, (_, n) => n));
  });

  it('holds no more than inFlight messages of a broker that does not wait, and still keeps the link', async () => {
    const { url, publish, aedes } = await broker();
    const log = gate();
    const made = recorder(() => log.passed);
    void run(made, settings({ url, map, inFlight: 5, keepalive: 1_000 })).catch(() => {});
    await connected(made);
    for (let n = 0; n < 50; n++) void publish('plant/m/a', { value: n, ts: T + n });
    let pings = 0;
    aedes.on('ping', () => pings++);
    await until(() => expect(pings).toBeGreaterThanOrEqual(2)); // longer than the library allows a silent broker
    expect(made.calls.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(6);
    log.open();
    await until(() => expect(made.readings).toHaveLength(50));
    expect(made.readings.map(({ value }) => value)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('counts messages of QoS 0 that find the inbox full', async () => {
    const { url, publish } = await broker();
    const log = gate();
    const made = recorder(() => log.passed);
    void run(made, settings({ url, map, qos: 0, inFlight: 5 })).catch(() => {});
    await connected(made);
    for (let n = 0; n < 20; n++) await publish('plant/m/a', { value: n, ts: T + n }, 0);
    await until(() => expect(made.discarded.get('log_full')).toBe(15));
    log.open();
    await until(() => expect(made.readings).toHaveLength(5));
  });
});

describe('the link', () => {
  it('fails when the broker refuses a subscription, and names it', async () => {
    const { url } = await broker({
      authorizeSubscribe: (_, subscription, answer) => answer(null, subscription.topic === 'no' ? null : subscription),
    });
    const made = recorder();
    const bindings = ['yes', 'no'].map((topic) => ({ tag: `m.${topic}`, address: { topic, value: '$' } }));
    await expect(run(made, settings({ url }), bindings)).rejects.toMatchObject({
      code: 'subscription_refused',
      message: `${url} refuses the subscription of no`,
    });
    expect(made.connections).toBe(0);
    expect(made.observed).toEqual([{ code: 'subscription_refused', ms: expect.any(Number) }]);
  });

  it('fails when the broker goes away', async () => {
    const { url, aedes } = await broker();
    const made = recorder();
    const ended = run(made, settings({ url, map }));
    const outcome = expect(ended).rejects.toMatchObject({
      code: 'connection_lost',
      message: expect.stringContaining(`connection lost: ${url}`),
    });
    await connected(made);
    aedes.close();
    await outcome;
  });

  it('fails when nobody listens', async () => {
    const server = createServer();
    const url = await listen(server);
    server.close();
    await once(server, 'close');
    await expect(run(recorder(), settings({ url, map }))).rejects.toMatchObject({
      code: 'connection_refused',
      message: expect.stringContaining(`cannot reach ${url}`),
    });
  });

  it('fails in time when the broker does not answer', async () => {
    const url = await listen(createServer());
    await expect(run(recorder(), settings({ url, map, timeout: 200 }))).rejects.toMatchObject({
      code: 'connection_timeout',
      message: `no answer from ${url} within 200 ms`,
    });
  });

  it('fails in time when the broker does not confirm the subscription', async () => {
    const url = await listen(createServer((socket) => void socket.once('data', () => socket.write(CONNACK_OK))));
    await expect(run(recorder(), settings({ url, map, timeout: 200 }))).rejects.toMatchObject({
      code: 'connection_timeout',
    });
  });

  it('fails when the broker falls silent', async () => {
    const suback = Buffer.from([0x90, 3, 0, 1, 1]);
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write(CONNACK_OK);
        socket.once('data', (packet) => {
          packet.copy(suback, 2, 2, 4); // the id of the SUBSCRIBE
          socket.write(suback);
        });
      });
    });
    const made = recorder();
    const ended = run(made, settings({ url: await listen(server), map, keepalive: 1_000 }));
    await expect(ended).rejects.toMatchObject({
      code: 'connection_lost',
      message: expect.stringContaining('Keepalive timeout'),
    });
    expect(made.connections).toBe(1);
  });

  it('logs in with the password from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mqtt-'));
    endings.push(() => rm(folder, { recursive: true }));
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, 'secret\n');
    const { url } = await broker({
      authenticate: (_, username, password, done) =>
        done(null, username === 'mill' && password?.toString() === 'secret'),
    });
    const made = recorder();
    void run(made, settings({ url, map, username: 'mill', passwordFile })).catch(() => {});
    await connected(made);
    await expect(run(recorder(), settings({ url, map, username: 'mill', password: 'wrong' }))).rejects.toMatchObject({
      code: 'authentication_failed',
    });
    await expect(run(recorder(), settings({ url, map, passwordFile: `${passwordFile}2` }))).rejects.toMatchObject({
      code: 'secret_unreadable',
    });
  });

  it('says that another client has taken the session', async () => {
    const connack = Buffer.from([0x20, 3, 0, 0, 0]);
    const goodbye = Buffer.from([0xe0, 2, 0x8e, 0]);
    const server = createServer(
      (socket) => void socket.once('data', () => socket.end(Buffer.concat([connack, goodbye]))),
    );
    const url = await listen(server);
    await expect(run(recorder(), settings({ url, map, protocol: 5 }))).rejects.toMatchObject({
      code: 'connection_lost',
      message: expect.stringContaining('same clientId'),
    });
  });
});

describe('stopping', () => {
  async function expectGone(server: Server): Promise<void> {
    const open = promisify(server.getConnections.bind(server));
    await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 20_000, interval: 5 });
  }

  it('says goodbye to the broker', async () => {
    const { url, aedes, server } = await broker();
    let left = 0;
    aedes.on('clientDisconnect', () => left++);
    const made = recorder();
    const ended = run(made, settings({ url, map }));
    await connected(made);
    made.abort();
    await ended;
    await until(() => expect(left).toBe(1));
    await expectGone(server);
  });

  it('acknowledges what is being stored, and takes nothing more', async () => {
    const { url, publish, acknowledged } = await broker();
    const log = gate();
    const made = recorder(() => log.passed);
    const ended = run(made, settings({ url, map }));
    await connected(made);
    await publish('plant/m/a', { value: 1, ts: T });
    await until(() => expect(made.calls).toHaveLength(1));
    made.abort();
    log.open();
    await ended;
    await until(() => expect(acknowledged).toEqual(['plant/m/a']));
  });

  it.each([
    ['while the log is stuck', 60_000],
    ['while connecting', 60_000],
  ])('takes less than a second %s', async (phase, timeout) => {
    const { url, publish } = await broker();
    const silent = await listen(createServer());
    const made = recorder(() => new Promise(() => {}));
    const ended = run(made, settings({ url: phase === 'while connecting' ? silent : url, map, timeout }));
    if (phase !== 'while connecting') {
      await connected(made);
      await publish('plant/m/a', { value: 1, ts: T });
      await until(() => expect(made.calls).toHaveLength(1));
    }
    const startedAt = performance.now();
    made.abort();
    await ended;
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});
