import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Recorder, recorder } from '../testbench.ts';
import { sparkplug } from './index.ts';
import { decodePayload } from './payload.ts';
import { data, encode, sparkplugSettings } from './testbench.ts';

// What Sparkplug 3.0.0 demands of a host application, each under the id of its assertion.
const STATE = 'spBv1.0/STATE/millwright';
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 5 });

/** What a broker saw, in this order. */
type Seen =
  | { readonly kind: 'connect'; readonly clean: boolean; readonly will: Packet | null; readonly at: number }
  | { readonly kind: 'subscribe'; readonly topics: readonly string[] }
  | ({ readonly kind: 'publish'; readonly from: 'host' | 'will' } & Packet)
  | { readonly kind: 'gone' };

interface Packet {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
}

describe('a host application and its broker', () => {
  const seen: Seen[] = [];
  const published = (topic: string) =>
    seen.flatMap((each) => (each.kind === 'publish' && each.from === 'host' && each.topic === topic ? [each] : []));
  const stateOf = ({ payload }: Packet) =>
    JSON.parse(payload.toString()) as { readonly online: boolean; readonly timestamp: number };
  const states = () => published(STATE);
  const connect = () => seen.flatMap((each) => (each.kind === 'connect' ? [each] : []))[0]!;
  const firstIndex = (kind: Seen['kind']) => seen.findIndex((each) => each.kind === kind);
  let stoppedAt = 0;

  beforeAll(async () => {
    const aedes = await Aedes.createBroker({
      preConnect: (_client, packet, done) => {
        const { clean = false, will } = packet;
        const given = will === undefined ? null : { ...will, payload: Buffer.from(will.payload), qos: will.qos ?? 0 };
        seen.push({
          kind: 'connect',
          clean,
          will: given === null ? null : { ...given, retain: given.retain ?? false },
          at: Date.now(),
        });
        done(null, true);
      },
    });
    aedes.on('subscribe', (filters) => seen.push({ kind: 'subscribe', topics: filters.map(({ topic }) => topic) }));
    aedes.on('publish', (packet, client) => {
      if (packet.topic.startsWith('$SYS')) return;
      const { topic, qos, retain } = packet;
      const from = client === null ? 'will' : 'host';
      if (client !== null || topic === STATE)
        seen.push({ kind: 'publish', from, topic, qos, retain, payload: Buffer.from(packet.payload) });
    });
    aedes.on('clientDisconnect', () => seen.push({ kind: 'gone' }));
    const server = createServer((socket) => void aedes.handle(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // listening on TCP, so it is no pipe name
    const tell = (topic: string, payload: Uint8Array, qos: 0 | 1) =>
      aedes.publish({ cmd: 'publish', topic, payload: Buffer.from(payload), qos, retain: false, dup: false }, () => {});

    const made = recorder();
    const ended = sparkplug.run(sparkplugSettings({ url: `mqtt://127.0.0.1:${port}` }), [], made.ctx);
    await until(() => expect(made.connections).toBe(1));
    tell('spBv1.0/plant/NDATA/gateway', encode(data(4, [[1, 1]])), 0);
    await until(() => expect(published('spBv1.0/plant/NCMD/gateway')).toHaveLength(1));
    tell(STATE, Buffer.from(JSON.stringify({ online: false, timestamp: Date.now() })), 1);
    await until(() => expect(states()).toHaveLength(2));
    stoppedAt = Date.now();
    made.abort();
    await ended;
    await until(() => expect(firstIndex('gone')).toBeGreaterThan(0));
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    server.close();
  });

  it('tck-id-message-flow-phid-sparkplug-clean-session-311: the session is a clean one', () => {
    expect(connect().clean).toBe(true);
  });

  describe('the will', () => {
    it.each([
      'tck-id-host-topic-phid-death-required',
      'tck-id-operational-behavior-host-application-connect-will',
      'tck-id-payloads-state-will-message',
    ])('%s: is in CONNECT', () => expect(connect().will).not.toBeNull());

    it.each(['tck-id-host-topic-phid-death-topic', 'tck-id-operational-behavior-host-application-connect-will-topic'])(
      '%s: is for the state topic',
      () => expect(connect().will?.topic).toBe(STATE),
    );

    it.each([
      'tck-id-host-topic-phid-death-qos',
      'tck-id-operational-behavior-host-application-connect-will-qos',
      'tck-id-payloads-state-will-message-qos',
    ])('%s: has QoS 1', () => expect(connect().will?.qos).toBe(1));

    it.each([
      'tck-id-host-topic-phid-death-retain',
      'tck-id-operational-behavior-host-application-connect-will-retained',
      'tck-id-payloads-state-will-message-retain',
    ])('%s: is retained', () => expect(connect().will?.retain).toBe(true));

    it.each([
      'tck-id-host-topic-phid-death-payload',
      'tck-id-operational-behavior-host-application-connect-will-payload',
      'tck-id-payloads-state-will-message-payload',
    ])('%s: says offline, and since when', () =>
      expect(stateOf(connect().will!)).toEqual({ online: false, timestamp: expect.any(Number) }),
    );

    it('tck-id-host-topic-phid-death-payload-timestamp-connect: has the time of CONNECT', () => {
      expect(Math.abs(stateOf(connect().will!).timestamp - connect().at)).toBeLessThan(20_000);
    });
  });

  describe('the subscriptions', () => {
    const topics = () => seen.flatMap((each) => (each.kind === 'subscribe' ? each.topics : []));

    it.each([
      'tck-id-message-flow-phid-sparkplug-subscription',
      'tck-id-host-topic-phid-birth-sub-required',
      'tck-id-payloads-state-subscribe',
    ])('%s: are made before anything is published', () => {
      expect(topics()).toContain(STATE);
      for (const type of ['NBIRTH', 'NDATA', 'NDEATH']) expect(topics()).toContain(`spBv1.0/+/${type}/+`);
      for (const type of ['DBIRTH', 'DDATA', 'DDEATH']) expect(topics()).toContain(`spBv1.0/+/${type}/+/+`);
      expect(firstIndex('subscribe')).toBeLessThan(firstIndex('publish'));
    });
  });

  describe('the birth', () => {
    const first = () => seen[firstIndex('publish')] as Packet; // of kind publish: it was looked for so

    it.each([
      'tck-id-host-topic-phid-birth-message',
      'tck-id-host-topic-phid-birth-required',
      'tck-id-message-flow-phid-sparkplug-state-publish',
      'tck-id-operational-behavior-host-application-connect-birth',
      'tck-id-operational-behavior-primary-application-state-with-multiple-servers-state',
      'tck-id-payloads-state-birth',
      'tck-id-components-ph-state',
    ])('%s: is the first that is published', () => expect(stateOf(first()).online).toBe(true));

    it.each(['tck-id-host-topic-phid-birth-topic', 'tck-id-operational-behavior-host-application-connect-birth-topic'])(
      '%s: is on the state topic',
      () => expect(first().topic).toBe(STATE),
    );

    it.each(['tck-id-host-topic-phid-birth-qos', 'tck-id-operational-behavior-host-application-connect-birth-qos'])(
      '%s: has QoS 1',
      () => expect(first().qos).toBe(1),
    );

    it.each([
      'tck-id-host-topic-phid-birth-retain',
      'tck-id-operational-behavior-host-application-connect-birth-retained',
    ])('%s: is retained', () => expect(first().retain).toBe(true));

    it.each([
      'tck-id-host-topic-phid-birth-payload',
      'tck-id-operational-behavior-host-application-connect-birth-payload',
      'tck-id-message-flow-phid-sparkplug-state-publish-payload',
      'tck-id-payloads-state-birth-payload',
    ])('%s: says online, and since when', () =>
      expect(stateOf(first())).toEqual({ online: true, timestamp: expect.any(Number) }),
    );

    it('tck-id-message-flow-phid-sparkplug-state-publish-payload-timestamp: has the time of the will', () => {
      expect(stateOf(first()).timestamp).toBe(stateOf(connect().will!).timestamp);
    });

    it('tck-id-message-flow-hid-sparkplug-state-message-delivered: is said again when somebody says offline', () => {
      expect(stateOf(states()[1]!)).toEqual({ online: true, timestamp: stateOf(connect().will!).timestamp });
      expect(states()[1]).toMatchObject({ qos: 1, retain: true });
    });
  });

  describe('the death before an intended end', () => {
    const last = () => states().at(-1)!;

    it.each([
      'tck-id-operational-behavior-host-application-termination',
      'tck-id-operational-behavior-host-application-death-payload',
    ])('%s: says offline', () => expect(stateOf(last())).toEqual({ online: false, timestamp: expect.any(Number) }));

    it.each([
      'tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean',
      'tck-id-host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet',
    ])('%s: has the time of the end', () => {
      expect(Math.abs(stateOf(last()).timestamp - stoppedAt)).toBeLessThan(20_000);
    });

    it('tck-id-operational-behavior-host-application-death-topic: is on the state topic', () =>
      expect(last().topic).toBe(STATE));
    it('tck-id-operational-behavior-host-application-death-qos: has QoS 1', () => expect(last().qos).toBe(1));
    it('tck-id-operational-behavior-host-application-death-retained: is retained', () =>
      expect(last().retain).toBe(true));

    it('tck-id-operational-behavior-host-application-disconnect-intentional: is followed by DISCONNECT', () => {
      // After a DISCONNECT, and only then, the broker keeps the will to itself.
      expect(seen.filter((each) => each.kind === 'publish' && each.from === 'will' && !stateOf(each).online)).toEqual(
        seen.filter((each) => each.kind === 'publish' && each.from === 'will').slice(0, 1), // what this test said itself
      );
      expect(seen.findLastIndex((each) => each.kind === 'publish')).toBeLessThan(firstIndex('gone'));
    });
  });

  describe('the request for a rebirth', () => {
    const request = () => published('spBv1.0/plant/NCMD/gateway')[0]!;
    const metric = () => decodePayload(request().payload)?.metrics[0];

    it.each([
      'tck-id-operational-behavior-data-commands-ncmd-rebirth-verb',
      'tck-id-operational-behavior-data-commands-ncmd-verb',
      'tck-id-topics-ncmd-topic',
    ])('%s: is an NCMD to the edge node', () => expect(request().topic).toBe('spBv1.0/plant/NCMD/gateway'));

    it.each([
      'tck-id-operational-behavior-data-commands-ncmd-rebirth-name',
      'tck-id-operational-behavior-data-commands-ncmd-metric-name',
      'tck-id-topics-ncmd-payload',
    ])('%s: names Node Control/Rebirth', () => expect(metric()?.name).toBe('Node Control/Rebirth'));

    it.each([
      'tck-id-operational-behavior-data-commands-ncmd-rebirth-value',
      'tck-id-operational-behavior-data-commands-ncmd-metric-value',
    ])('%s: is true', () => expect(metric()?.value).toEqual({ kind: 'boolean', value: true }));

    it.each(['tck-id-topics-ncmd-mqtt', 'tck-id-payloads-ncmd-qos', 'tck-id-payloads-ncmd-retain'])(
      '%s: has QoS 0 and is not retained',
      () => expect(request()).toMatchObject({ qos: 0, retain: false }),
    );

    it.each(['tck-id-topics-ncmd-timestamp', 'tck-id-payloads-ncmd-timestamp'])('%s: has the time it was sent', () => {
      expect(Math.abs((decodePayload(request().payload)?.timestamp ?? 0) - stoppedAt)).toBeLessThan(20_000);
    });

    it('tck-id-payloads-ncmd-seq: has no number', () => {
      expect(decodePayload(request().payload)?.seq).toBeNull();
    });

    it('is the only command: nothing goes to a device', () => {
      const others = seen.filter((each) => each.kind === 'publish' && each.from === 'host' && each.topic !== STATE);
      expect(others).toEqual([request()]);
    });
  });
});

describe('a host application that connects again', () => {
  const runs: { readonly made: Recorder; readonly ended: Promise<void> }[] = [];
  afterAll(async () => {
    for (const { made, ended } of runs) {
      made.abort();
      await ended.catch(() => {}); // the test has looked at it
    }
  });

  it('tck-id-operational-behavior-host-application-multi-server-timestamp: has a time for each connection', async () => {
    const wills: number[] = [];
    const aedes = await Aedes.createBroker({
      preConnect: (_client, { will }, done) => {
        wills.push((JSON.parse(will!.payload.toString()) as { timestamp: number }).timestamp);
        done(null, true);
      },
    });
    const server = createServer((socket) => void aedes.handle(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (let i = 0; i < 2; i++) {
      const made = recorder();
      const ended = sparkplug.run(sparkplugSettings({ url }), [], made.ctx);
      runs.push({ made, ended });
      await until(() => expect(made.connections).toBe(1));
      made.abort();
      await ended;
    }
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    server.close();
    expect(wills[1]).toBeGreaterThan(wills[0]!);
  });

  it('tck-id-message-flow-phid-sparkplug-clean-session-50: starts clean with MQTT 5, and nothing outlives the link', async () => {
    const connects: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes: Buffer) => connects.push(bytes));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const made = recorder();
    const ended = sparkplug.run(sparkplugSettings({ url, protocol: 5 }), [], made.ctx);
    await until(() => expect(connects.length).toBeGreaterThan(0));
    made.abort();
    await ended;
    server.close();
    const connect = Buffer.concat(connects);
    const name = connect.indexOf(Buffer.from([0, 4, ...Buffer.from('MQTT')]));
    expect(connect[name + 6]).toBe(5);
    expect(connect[name + 7]! & 2).toBe(2); // clean start
    const properties = connect.subarray(name + 11, name + 11 + connect[name + 10]!);
    expect(properties.includes(0x11)).toBe(false); // no session expiry: it ends with the connection, as if 0
  });
});

describe('a host application of Sparkplug 2.2', () => {
  it('says ONLINE and OFFLINE in words', async () => {
    const said: string[] = [];
    const aedes = await Aedes.createBroker({
      preConnect: (_client, { will }, done) => {
        said.push(`will ${will?.topic} ${will?.payload.toString()}`);
        done(null, true);
      },
    });
    aedes.on('publish', ({ topic, payload }, client) => {
      if (client !== null) said.push(`${topic} ${payload.toString()}`);
    });
    const server = createServer((socket) => void aedes.handle(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const made = recorder();
    const ended = sparkplug.run(sparkplugSettings({ url, state: 'v2', hostId: 'scada' }), [], made.ctx);
    await until(() => expect(made.connections).toBe(1));
    made.abort();
    await ended;
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    server.close();
    expect(said).toEqual(['will STATE/scada OFFLINE', 'STATE/scada ONLINE', 'STATE/scada OFFLINE']);
  });
});
