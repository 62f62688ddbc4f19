import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/model/clock.ts';
import { StoreError } from '../../../src/model/errors.ts';
import type { AskContext } from '../../adapter.ts';
import { recorder } from '../testbench.ts';
import { sparkplug } from './index.ts';
import { birth, data, encode, type Given, sparkplugSettings, T0 } from './testbench.ts';

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 });
const ask = (): AskContext => ({ clock: systemClock, signal: new AbortController().signal, directory: 'unused' });

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(async () => void server.close());
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP, so it is no pipe name
}

async function broker(): Promise<{ readonly url: string; readonly aedes: Aedes }> {
  const aedes = await Aedes.createBroker();
  const url = await listen(createServer((socket) => void aedes.handle(socket)));
  endings.push(() => new Promise((resolve) => aedes.close(() => resolve())));
  return { url, aedes };
}

/** An edge node with one device that is born when it is asked. */
async function edgeNode(url: string): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 0 });
  endings.push(() => client.endAsync(true));
  const say = (topic: string, payload: Given) => client.publish(`spBv1.0/plant/${topic}`, Buffer.from(encode(payload)));
  client.on('message', () => {
    say('NBIRTH/gateway', birth(0, { cpu: 1 }, { bdSeq: 0 }));
    const properties = {
      engUnit: { type: 'String' as const, value: '°C' },
      engLow: { type: 'Double' as const, value: 0 },
      engHigh: { type: 'Double' as const, value: 120 },
    };
    const temperature = { name: 'Oil/Temperature', type: 'Float' as const, value: 61.5, timestamp: T0, properties };
    const name = { name: 'Name', type: 'String', value: 'Press 1', timestamp: T0 } as const;
    say('DBIRTH/gateway/press', { timestamp: T0, seq: 1, metrics: [temperature, name] });
  });
  await client.subscribeAsync('spBv1.0/plant/NCMD/gateway');
  return client;
}

describe('the sparkplug adapter', () => {
  it('ends when readings cannot be stored, and asks for births when it is back', async () => {
    const { url } = await broker();
    const client = await edgeNode(url);
    const refusing = recorder(() => Promise.reject(new StoreError('log_full', 'the log is full')));
    const ended = sparkplug.run(sparkplugSettings({ url }), [], refusing.ctx);
    const outcome = expect(ended).rejects.toMatchObject({ code: 'log_full' });
    await until(() => expect(refusing.connections).toBe(1));
    client.publish('spBv1.0/plant/NBIRTH/gateway', Buffer.from(encode(birth(0, { cpu: 1 }, { bdSeq: 0 }))));
    await outcome;
    expect(refusing.discarded.get('log_full')).toBe(1);

    const made = recorder();
    const again = sparkplug.run(sparkplugSettings({ url }), [], made.ctx);
    await until(() => expect(made.connections).toBe(1));
    client.publish('spBv1.0/plant/NDATA/gateway', Buffer.from(encode(data(1, [[1, 2]]))));
    await until(() => expect(made.readings.map(({ tag }) => tag)).toContain('plant-gateway.cpu'));
    expect(made.observed).toContainEqual({ unit: 'plant/gateway', ms: expect.any(Number) });
    made.abort();
    await again;
  });

  it('says that a broker does not answer, within its deadline', async () => {
    const sockets = new Set<{ destroy(): void }>();
    const url = await listen(createServer((socket) => void sockets.add(socket.on('error', () => {}))));
    const made = recorder();
    const startedAt = Date.now();
    await expect(sparkplug.run(sparkplugSettings({ url, timeout: 200 }), [], made.ctx)).rejects.toMatchObject({
      code: 'connection_timeout',
      message: expect.stringContaining('within 200 ms'),
    });
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    for (const socket of sockets) socket.destroy();
  });

  it('stops within a second although the broker has stalled', async () => {
    const { url, aedes } = await broker();
    const made = recorder();
    const ended = sparkplug.run(sparkplugSettings({ url, timeout: 60_000 }), [], made.ctx);
    await until(() => expect(made.connections).toBe(1));
    aedes.authorizePublish = () => undefined; // never answers
    const stoppedAt = Date.now();
    made.abort();
    await ended;
    expect(Date.now() - stoppedAt).toBeLessThan(20_000);
  });
});

describe('asking edge nodes', () => {
  it('probe tells the value of each bound tag, or why there is none', async () => {
    const { url } = await broker();
    await edgeNode(url);
    const at = (device: string | undefined, metric: string, edge = 'gateway') => ({
      group: 'plant',
      edge,
      metric,
      ...(device === undefined ? {} : { device }),
    });
    const bindings = [
      { tag: 'press-1.oil', address: at('press', 'Oil/Temperature') },
      { tag: 'press-1.typo', address: at('press', 'Oil/Temprature') },
      { tag: 'press-1.name', address: at('press', 'Name') },
      { tag: 'press-2.oil', address: at('lathe', 'Oil/Temperature') },
      { tag: 'press-3.oil', address: at(undefined, 'cpu', 'elsewhere') },
    ];
    const { tags, notes } = await sparkplug.probe!(sparkplugSettings({ url, timeout: 1_500 }), bindings, {}, ask());
    expect(tags[0]).toMatchObject({ tag: 'press-1.oil', reading: { value: 61.5, quality: 'good' }, problem: null });
    expect(tags.slice(1).map(({ problem }) => problem)).toEqual([
      'no birth has the metric Oil/Temprature: compare it with discover',
      null,
      'plant/gateway has no device lathe: it sent no birth of it',
      'plant/elsewhere sent no birth although it was asked: check its ids, its link and its rights',
    ]);
    expect(notes).toEqual(['plant/gateway was born with 3 values.']);
  });

  it('probe without tags waits, and says of a broker on which nothing comes what it asked for and how long it waited', async () => {
    const { url } = await broker();
    const config = sparkplugSettings({ url, timeout: 300, groups: ['Plant'] });
    const { tags, notes } = await sparkplug.probe!(config, [], {}, ask());
    expect(tags).toEqual([]);
    expect(notes[0]).toBe(
      `${url} is there and accepted the subscription of spBv1.0/Plant/#; nothing came on it within 300 ms`,
    );
    expect(notes[1]).toContain('look at the ids of the groups');
  });

  it('probe without tags names the edge nodes that are born meanwhile', async () => {
    const { url } = await broker();
    const client = await edgeNode(url);
    const probing = sparkplug.probe!(sparkplugSettings({ url, timeout: 1_500 }), [], {}, ask());
    const speaking = setInterval(() => {
      client.publish('spBv1.0/plant/NDATA/gateway', Buffer.from(encode(data(9, [[1, 1]]))));
    }, 50);
    endings.push(async () => clearInterval(speaking));
    expect((await probing).notes).toEqual(['plant/gateway was born with 3 values.']);
  });

  it('discover lists what is born, with unit and range', async () => {
    const { url } = await broker();
    const client = await edgeNode(url);
    const found: unknown[] = [];
    const listing = (async () => {
      for await (const tag of sparkplug.discover!(
        sparkplugSettings({ url, timeout: 1_500 }),
        'plant/*/press/**',
        ask(),
      ))
        found.push(tag);
    })();
    const speaking = setInterval(() => {
      client.publish('spBv1.0/plant/NDATA/gateway', Buffer.from(encode(data(9, [[1, 1]]))));
    }, 50);
    await listing;
    clearInterval(speaking);
    expect(found).toEqual([
      {
        name: 'plant/gateway/press/Name',
        address: { group: 'plant', edge: 'gateway', device: 'press', metric: 'Name' },
        unit: null,
        range: null,
        value: 'Press 1',
      },
      {
        name: 'plant/gateway/press/Oil/Temperature',
        address: { group: 'plant', edge: 'gateway', device: 'press', metric: 'Oil/Temperature' },
        unit: 'Cel',
        range: [0, 120],
        value: 61.5,
      },
    ]);
  });
});
