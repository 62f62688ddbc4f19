import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { mqtt } from '../../adapters/mqtt/index.ts';
import type { MqttConfig } from '../../adapters/mqtt/settings.ts';
import { gate, type Recorder, recorder, settings } from '../../adapters/mqtt/testbench.ts';
import { type Broker, MOSQUITTO, startMosquitto } from '../kit/mosquitto.ts';
import { startScriptedBroker } from '../kit/scripted-broker.ts';
import { mustRun } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const T = 1_767_225_600_000;
const map = [{ topic: 'plant/+asset/+tag', value: '$.value', time: '$.ts' }];
const PERSISTENT = ['allow_anonymous true', 'persistence true', 'max_queued_messages 100000'];

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function mosquitto(lines: readonly string[] = []): Promise<Broker> {
  const broker = await startMosquitto([...PERSISTENT, ...lines]);
  endings.push(async () => broker[Symbol.asyncDispose]());
  return broker;
}

function run(made: Recorder, config: Partial<MqttConfig> & { url: string }): Promise<void> {
  const ended = mqtt.run(settings({ map, ...config }), [], made.ctx);
  endings.push(async () => {
    made.abort();
    await ended.catch(() => {}); // the test has looked at it
  });
  return ended;
}

/** Runs it until the link stands. */
async function link(made: Recorder, config: Partial<MqttConfig> & { url: string }): Promise<void> {
  await Promise.race([run(made, config), waitFor('the link', () => made.connections === 1)]);
}

async function publisher(url: string): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 0 });
  endings.push(() => client.endAsync(true));
  return client;
}

const send = (client: MqttClient, n: number) =>
  client.publishAsync('plant/m/a', JSON.stringify({ value: n, ts: T + n }), { qos: 1 });
const values = (...made: Recorder[]) =>
  made.flatMap(({ readings }) => readings.map(({ value }) => Number(value))).sort((a, b) => a - b);
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe.runIf(mustRun(MOSQUITTO, 'sessions at a broker (apt-get install mosquitto)'))('with mosquitto', () => {
  it.each([4, 5] as const)('two services of a group share the messages (protocol %i)', async (protocol) => {
    const { url } = await mosquitto();
    const pair = ['one', 'two'].map((directory) => recorder(undefined, directory));
    for (const made of pair) await link(made, { url, protocol, share: 'millwright' });
    const client = await publisher(url);
    for (const n of numbers(200)) await send(client, n);
    await waitFor('all of them', () => values(...pair).length >= 200);
    expect(values(...pair)).toEqual(numbers(200));
    expect(Math.min(...pair.map(({ readings }) => readings.length))).toBeGreaterThan(20);
  });

  it.each([4, 5] as const)('a session outlives a restart of the broker (protocol %i)', async (protocol) => {
    const broker = await mosquitto();
    const first = recorder();
    const ended = run(first, { url: broker.url, protocol });
    await waitFor('the link', () => first.connections === 1);
    first.abort();
    await ended;
    const client = await publisher(broker.url);
    for (const n of numbers(50)) await send(client, n);
    await broker.restart('SIGTERM');
    const second = recorder();
    await link(second, { url: broker.url, protocol });
    await waitFor('all of them', () => second.readings.length >= 50);
    expect(values(second)).toEqual(numbers(50));
  });

  it('a session of MQTT 5 is kept as long as sessionExpiry says, and no longer', async () => {
    const { url } = await mosquitto();
    const client = await publisher(url);
    for (const [clientId, sessionExpiry] of [
      ['short', 1_000],
      ['long', 60_000],
    ] as const) {
      const made = recorder();
      const ended = run(made, { url, protocol: 5, clientId, sessionExpiry });
      await waitFor('the link', () => made.connections === 1);
      made.abort();
      await ended;
    }
    await send(client, 1);
    await sleep(3_500); // mosquitto looks once a second, and counts in whole ones
    const [short, long] = [recorder(), recorder()];
    await link(short, { url, protocol: 5, clientId: 'short' });
    await link(long, { url, protocol: 5, clientId: 'long' });
    await send(client, 2);
    await waitFor('what was kept', () => long.readings.length === 2 && short.readings.length === 1);
    expect([values(short), values(long)]).toEqual([[2], [1, 2]]);
  });

  it('a broker of MQTT 5 sends no more than inFlight before it is acknowledged', async () => {
    const { url } = await mosquitto(['max_inflight_messages 1000']);
    const log = gate();
    const made = recorder(() => log.passed);
    await link(made, { url, protocol: 5, inFlight: 7 });
    const client = await publisher(url);
    for (const n of numbers(40)) await send(client, n);
    await client.publishAsync('elsewhere', '1', { qos: 1 }); // everything before it has passed the broker
    const received = () => made.calls.reduce((sum, size) => sum + size, 0);
    await waitFor('the first seven', () => received() === 7);
    await sleep(300); // nothing tells that nothing comes
    expect(received()).toBe(7);
    log.open();
    await waitFor('the rest', () => made.readings.length >= 40);
    expect(values(made)).toEqual(numbers(40));
  });
});

describe('a broker of MQTT 5', () => {
  it.each([
    [0x86, 'authentication_failed', 'refuses the user name or password'],
    [0x87, 'authentication_failed', 'refuses the user name or password'],
    [0x84, 'connection_refused', 'does not speak this version of MQTT: set "protocol"'],
    [0x88, 'connection_refused', '(the broker is not available)'],
    [0x97, 'connection_refused', '(a quota of the broker is used up)'],
    [0x9c, 'connection_refused', '(the broker says to use another one)'],
  ])('that refuses the connection with reason %i is understood: %s', async (reasonCode, code, words) => {
    await using broker = await startScriptedBroker((packet, { send: answer }) => {
      if (packet.cmd === 'connect') answer({ cmd: 'connack', reasonCode, sessionPresent: false });
    }, 5);
    await expect(run(recorder(), { url: broker.url, protocol: 5 })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  it.each([
    [0x87, 'refuses the subscription of plant/+/+ (not authorised)'],
    [0x8f, 'refuses the subscription of plant/+/+ (the broker does not take this filter)'],
    [0x9e, 'refuses the subscription of plant/+/+ (the broker has no shared subscriptions: remove "share")'],
    [0x80, 'refuses the subscription of plant/+/+'],
    [0x00, 'refuses QoS 1 for plant/+/+'],
  ])('that answers a subscription with reason %i is understood: %s', async (reasonCode, words) => {
    await using broker = await startScriptedBroker((packet, { send: answer }) => {
      if (packet.cmd === 'connect') answer({ cmd: 'connack', reasonCode: 0, sessionPresent: false });
      if (packet.cmd === 'subscribe') answer({ cmd: 'suback', messageId: packet.messageId!, granted: [reasonCode] });
    }, 5);
    await expect(run(recorder(), { url: broker.url, protocol: 5 })).rejects.toMatchObject({
      code: 'subscription_refused',
      message: `${broker.url} ${words}`,
    });
  });

  it.each([
    [0x8b, 'the broker is shutting down'],
    [0x98, 'ended by an administrator'],
    [0x8e, 'another client connected with the same clientId'],
  ])('that says goodbye with reason %i is understood: %s', async (reasonCode, words) => {
    await using broker = await startScriptedBroker((packet, { send: answer, cut }) => {
      if (packet.cmd === 'connect') answer({ cmd: 'connack', reasonCode: 0, sessionPresent: false });
      if (packet.cmd !== 'subscribe') return;
      answer({ cmd: 'suback', messageId: packet.messageId!, granted: [1] });
      answer({ cmd: 'disconnect', reasonCode });
      setTimeout(cut, 20);
    }, 5);
    await expect(run(recorder(), { url: broker.url, protocol: 5 })).rejects.toMatchObject({
      code: 'connection_lost',
      message: `connection lost: ${broker.url} (${words})`,
    });
  });
});
