import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'cborg';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { mqtt } from '../../adapters/mqtt/index.ts';
import type { MqttAddress } from '../../adapters/mqtt/settings.ts';
import { recorder, settings } from '../../adapters/mqtt/testbench.ts';
import { startProgram } from '../kit/child.ts';
import { MOSQUITTO, startMosquitto } from '../kit/mosquitto.ts';
import { startScriptedBroker } from '../kit/scripted-broker.ts';
import { mustRun } from '../kit/tool.ts';
import { waitFor } from '../kit/wait.ts';

const T = 1_767_225_600_000;
const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function broker(): Promise<{ url: string; client: MqttClient }> {
  const started = await startMosquitto(['allow_anonymous true']);
  endings.push(async () => started[Symbol.asyncDispose]());
  const client = await connectAsync(started.url);
  endings.push(() => client.endAsync(true));
  return { url: started.url, client };
}

/** Publishes again and again until the test is over: nobody tells when a probe listens. */
function repeat(client: MqttClient, topic: string, payload: string | Buffer): void {
  const timer = setInterval(() => client.publish(topic, payload), 50);
  endings.push(async () => clearInterval(timer));
}

const bind = (topic: string, address: Partial<MqttAddress> = {}) => ({
  tag: `m.${topic.replaceAll('/', '-')}`,
  address: { topic, value: '$', ...address },
});

describe.runIf(mustRun(MOSQUITTO, 'probe and discover over MQTT (apt-get install mosquitto)'))('with mosquitto', () => {
  it('a probe says of each tag what came, or why nothing did', async () => {
    const { url, client } = await broker();
    repeat(client, 'live', '61.5');
    repeat(client, 'broken', '{"value":');
    repeat(client, 'word', '"ON"');
    repeat(client, 'plant/press-1/load', '{"v":71}');
    await client.publishAsync('kept', JSON.stringify({ v: 5, ts: T }), { retain: true, qos: 1 });
    await client.publishAsync('undated', '5', { retain: true, qos: 1 });
    const bindings = [
      ...['live', 'broken', 'word', 'undated', 'quiet'].map((topic) => bind(topic)),
      bind('kept', { value: '$.v', time: '$.ts' }),
    ];
    const map = [{ topic: 'plant/+asset/+tag', value: '$.v' }];
    const config = settings({ url, timeout: 3_000, map });
    const { tags, notes } = await mqtt.probe!(config, bindings, {}, recorder().ctx);
    expect(
      Object.fromEntries(tags.map(({ tag, reading, problem }) => [tag, reading?.text ?? reading?.value ?? problem])),
    ).toEqual({
      'm.live': 61.5,
      'm.broken': 'on broken came a message that is not in its "format", or "value" leads nowhere in it',
      'm.word': 'ON',
      'm.undated':
        'on undated came only what the broker kept from earlier (retained), without a time of its own: set "time", or wait until it is sent anew',
      'm.quiet': 'nothing came on quiet within 3 s: is it sent, and how often?',
      'm.kept': 5,
    });
    expect(notes).toEqual([
      'm.kept: kept by the broker (retained), sent at 2026-01-01T00:00:00.000Z',
      'found by a pattern: press-1.load = 71',
    ]);
  });

  it('a probe says of a tag without an address what came as its own, or why nothing did', async () => {
    const { url, client } = await broker();
    repeat(client, 'plant/press-1/load', '{"v":71}');
    repeat(client, 'plant/press-1/mode', '{"v":"idle"}');
    repeat(client, 'plant/press-1/broken', '{"v":');
    const folder = await mkdtemp(join(tmpdir(), 'millwright-probe-'));
    endings.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'plant.yaml');
    await writeFile(
      file,
      `
plant: probe
timezone: UTC
adapters:
  sensors: { kind: mqtt, url: "${url}", timeout: 3s, map: [{ topic: plant/+asset/+tag, value: $.v }] }
assets:
  press-1:
    tags:
      load: { unit: "%", from: sensors }
      mode: { from: sensors }
      broken: { from: sensors }
      quiet: { from: sensors }
      own: { from: sensors, address: { topic: plant/press-1/load, value: $.v } }
`,
    );
    const program = startProgram(['probe', '--plant', file, '--data', join(folder, 'data')]);
    await once(program.child, 'close');
    expect(program.stderr()).toBe('');
    expect(program.child.exitCode).toBe(1); // two have no value
    expect(program.stdout()).toMatch(/press-1\.own +71 +good\n/);
    expect(program.stdout()).toMatch(/press-1\.load +71 +good\n/);
    expect(program.stdout()).toMatch(/press-1\.mode +"idle" +good\n/);
    expect(program.stdout()).toMatch(/press-1\.broken .* on plant\/press-1\/broken came a message that is not in its/);
    expect(program.stdout()).toMatch(/press-1\.quiet .* nothing came that "map" names so within 3 s: is it sent/);
  });

  it('a probe says what came as a waveform, and what is none', async () => {
    const { url, client } = await broker();
    const samples = Float32Array.of(0, 1.5, -2.25, 0.5);
    repeat(client, 'raw', Buffer.from(samples.buffer));
    repeat(client, 'cut', Buffer.alloc(7));
    const waveform = { unit: 'm/s2', rateHz: 8, encoding: 'f32', scale: 2, time: 'arrival' } as const;
    const bindings = ['raw', 'cut'].map((topic) => bind(topic, { waveform }));
    const { tags, notes } = await mqtt.probe!(settings({ url, timeout: 3_000 }), bindings, {}, recorder().ctx);
    expect(tags).toEqual([
      { tag: 'm.raw', reading: null, problem: null },
      {
        tag: 'm.cut',
        reading: null,
        problem:
          'on cut came a payload that is no whole number of samples: check "encoding" and "time" under "waveform"',
      },
    ]);
    expect(notes).toEqual(['m.raw: a waveform of 4 samples, 0.5 s at 8 Hz, from -4.5 to 3 m/s2']);
  });

  it('a probe ends as soon as each tag has a value', async () => {
    const { url, client } = await broker();
    repeat(client, 'a', '1');
    repeat(client, 'b', '2');
    const startedAt = performance.now();
    const config = settings({ url, timeout: 20_000 });
    const { tags } = await mqtt.probe!(config, [bind('a'), bind('b')], {}, recorder().ctx);
    expect(tags.map(({ reading, problem }) => [reading?.value, problem])).toEqual([
      [1, null],
      [2, null],
    ]);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it('a probe does not disturb the service that runs with the same settings', async () => {
    const { url, client } = await broker();
    repeat(client, 'a', '1');
    const running = recorder();
    const config = settings({ url, timeout: 3_000, clientId: 'the-service' });
    const ended = mqtt.run(config, [bind('a')], running.ctx);
    endings.push(async () => {
      running.abort();
      await ended;
    });
    await mqtt.probe!(config, [bind('a')], {}, recorder().ctx);
    const before = running.readings.length;
    await waitFor('a value', () => running.readings.length > before);
    expect(running.connections).toBe(1);
  });

  it('discovery lists what the map of the source names as these tags, and offers no address for it', async () => {
    const { url, client } = await broker();
    repeat(client, 'plant/press-1/load', '{"v":71,"ts":1767225600000,"unit":"%","raw":9}');
    repeat(client, 'plant/press-1/mode', '{"v":"idle","ts":1767225600000}');
    repeat(
      client,
      'line/press-2',
      '{"readings":[{"point":"speed","v":7},{"point":"flow","v":8},{"point":"flow","v":9}]}',
    );
    repeat(client, 'else/x', '{"v":1}');
    await client.publishAsync('plant/press-1/kept', '{"v":5,"ts":1767225600000}', { retain: true, qos: 1 });
    const map = [
      { topic: 'plant/+asset/+tag', value: '$.v', time: '$.ts', unit: '$.unit' },
      { topic: 'line/+asset', each: '$.readings', tag: '$.point', value: '$.v' },
    ];
    const found = [];
    for await (const tag of mqtt.discover!(settings({ url, timeout: 3_000, map }), '**', recorder().ctx))
      found.push(tag);
    const shown = found
      .map(({ name, tag, address, unit, value }) => [tag ?? name, address, unit, value])
      .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
    expect(shown).toEqual([
      ['else/x $.v', { topic: 'else/x', value: '$.v' }, null, 1],
      [
        'plant/press-1/load $.raw',
        { topic: 'plant/press-1/load', value: '$.raw', time: '$.ts', timeUnit: 'ms' },
        null,
        9,
      ],
      ['press-1.kept', null, null, 5],
      ['press-1.load', null, '%', 71],
      ['press-1.mode', null, null, 'idle'],
      ['press-2.flow', null, null, 8],
      ['press-2.speed', null, null, 7],
    ]);
  });

  it('discovery lists the values that come on topics of a glob, as addresses for the plant file', async () => {
    const { url, client } = await broker();
    repeat(client, 'plant/hall/press-1/temperature', JSON.stringify({ value: 61.5, ts: T }));
    repeat(client, 'plant/hall/press-1/raw', '7');
    repeat(client, 'plant/hall/press-1/mode', 'running');
    repeat(client, 'plant/hall/press-1/packed', Buffer.from(encode({ axis: { x: 4.5 }, t: T / 1_000 })));
    repeat(client, 'plant/hall/press-1/list', '[[1,"a b"],{"odd key":true}]');
    repeat(client, 'plant/hall/press-1/deep/er', '8');
    repeat(client, 'other/x', '9');
    const found = [];
    const config = settings({ url, timeout: 3_000 });
    for await (const tag of mqtt.discover!(config, 'plant/*/press-*/*', recorder().ctx)) found.push(tag);
    const topic = (name: string) => `plant/hall/press-1/${name}`;
    const byName = found
      .map(({ name, address, value }) => ({ name, address, value }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(byName).toEqual([
      { name: `${topic('list')} $[0][0]`, address: { topic: topic('list'), value: '$[0][0]' }, value: 1 },
      { name: `${topic('list')} $[0][1]`, address: { topic: topic('list'), value: '$[0][1]' }, value: 'a b' },
      {
        name: `${topic('list')} $[1]['odd key']`,
        address: { topic: topic('list'), value: "$[1]['odd key']" },
        value: true,
      },
      { name: topic('mode'), address: { topic: topic('mode'), value: '$', format: 'text' }, value: 'running' },
      {
        name: `${topic('packed')} $.axis.x`,
        address: { topic: topic('packed'), value: '$.axis.x', format: 'cbor', time: '$.t', timeUnit: 's' },
        value: 4.5,
      },
      { name: topic('raw'), address: { topic: topic('raw'), value: '$' }, value: 7 },
      {
        name: `${topic('temperature')} $.value`,
        address: { topic: topic('temperature'), value: '$.value', time: '$.ts', timeUnit: 'ms' },
        value: 61.5,
      },
    ]);
    const all = new Set();
    for await (const { name } of mqtt.discover!(config, '**', recorder().ctx)) {
      all.add(name);
      if (all.has('other/x') && all.has(topic('deep/er'))) break; // and the listening ends with it
    }
    expect(all).toContain('other/x');
  });
});

it('a probe tells which subscription the broker refuses, and reads the others', async () => {
  await using broker = await startScriptedBroker((packet, { send }) => {
    if (packet.cmd === 'connect') send({ cmd: 'connack', reasonCode: 0, sessionPresent: false });
    if (packet.cmd !== 'subscribe') return;
    const granted = packet.subscriptions.map(({ topic }) => (topic === 'secret' ? 0x87 : 0));
    send({ cmd: 'suback', messageId: packet.messageId!, granted });
    send({ cmd: 'publish', topic: 'open', payload: '1', qos: 0, dup: false, retain: false });
  }, 5);
  const config = settings({ url: broker.url, protocol: 5, timeout: 3_000 });
  const { tags } = await mqtt.probe!(config, [bind('open'), bind('secret')], {}, recorder().ctx);
  expect(tags.map(({ reading, problem }) => reading?.value ?? problem)).toEqual([
    1,
    `${broker.url} refuses the subscription of secret (not authorised): give the right at the broker`,
  ]);
});

it('a probe to which nothing comes says what it asked for, that the broker took it, and how long it waited', async () => {
  await using broker = await startScriptedBroker((packet, { send }) => {
    if (packet.cmd === 'connect') send({ cmd: 'connack', reasonCode: 0, sessionPresent: false });
    if (packet.cmd !== 'subscribe') return;
    send({ cmd: 'suback', messageId: packet.messageId!, granted: packet.subscriptions.map(() => 0) });
  }, 5);
  const config = settings({
    url: broker.url,
    protocol: 5,
    timeout: 300,
    map: [{ topic: 'hall/+asset/+tag', value: '$' }],
  });
  const { tags, notes } = await mqtt.probe!(config, [], {}, recorder().ctx);
  expect(tags).toEqual([]);
  expect(notes[0]).toBe(
    `${broker.url} is there and accepted the subscription of hall/+/+; nothing came on it within 300 ms`,
  );
  expect(notes[1]).toContain('look at the spelling of the topic');
});

it('a probe and a discovery of a broker that is not there fail with its address', async () => {
  const config = settings({ url: 'mqtt://127.0.0.1:9', timeout: 500 });
  const failure = { code: 'connection_refused', message: expect.stringContaining('cannot reach mqtt://127.0.0.1:9') };
  await expect(mqtt.probe!(config, [bind('a')], {}, recorder().ctx)).rejects.toMatchObject(failure);
  const asked = mqtt.discover!(config, '**', recorder().ctx)[Symbol.asyncIterator]();
  await expect(asked.next()).rejects.toMatchObject(failure);
});
