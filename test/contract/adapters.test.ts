import { getEventListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AdapterError, type Reading, type SinkOutcome } from '../../adapters/adapter.ts';
import { adapters } from '../../adapters/index.ts';
import type { PeerName } from '../../adapters/simulator/faulty/peers.ts';
import { StoreError } from '../../src/model/errors.ts';
import { type AdapterRun, type AdapterRunOptions, runAdapter } from '../kit/adapter-run.ts';
import { freePort } from '../kit/free-port.ts';
import { plantOf } from '../kit/service.ts';
import { type SimulatedPeer, startSimulatedPeer } from '../kit/simulated-peer.ts';
import { startTcpProxy, type TcpProxy } from '../kit/tcp-proxy.ts';
import { waitFor } from '../kit/wait.ts';

/** One adapter that dials, and how the suite reaches it. */
interface Subject {
  readonly kind: string;
  readonly peer: PeerName;
  /** Reads at least two tags from the peer on `port`, with deadlines of about a second. */
  readonly plant: (port: number) => string;
  /** Does the source send again what was not acknowledged? */
  readonly redelivers: boolean;
  /** Where it lies below `adapters/`, when not in a folder of its kind. */
  readonly folder?: string;
  /** The kind's sample, its address replaced. */
  readonly sample: (text: string, port: number) => string;
}

/** Every adapter that dials: one entry each. */
const SUBJECTS: readonly Subject[] = [
  {
    kind: 'modbus',
    peer: 'modbus',
    plant: (port) => `
plant: contract
adapters:
  it: { kind: modbus, host: 127.0.0.1, port: ${port}, poll: 100ms, timeout: 1s }
assets:
  a:
    tags:
      x: { from: it, address: { unitId: 1, table: holding, register: 0, type: uint16 } }
      y: { from: it, address: { unitId: 2, table: input, register: 3, type: uint16 } }
`,
    redelivers: false,
    sample: (text, port) => text.replace('host: 10.0.4.21, port: 502', `host: 127.0.0.1, port: ${port}`),
  },
  {
    kind: 'opcua',
    peer: 'opcua',
    plant: (port) => `
plant: contract
adapters:
  it: { kind: opcua, url: "opc.tcp://127.0.0.1:${port}", security: none, publish: 100ms, timeout: 2s }
assets:
  a:
    tags:
      x: { from: it, address: { nodeId: "nsu=urn:millwright:simulator;s=v0" } }
      y: { from: it, address: { nodeId: "nsu=urn:millwright:simulator;s=v1" } }
`,
    redelivers: false,
    sample: (text, port) => text.replace('opc.tcp://10.0.4.30:4840', `opc.tcp://127.0.0.1:${port}`),
  },
  {
    kind: 'mqtt',
    peer: 'mqtt',
    plant: (port) => `
plant: contract
adapters:
  it: { kind: mqtt, url: "mqtt://127.0.0.1:${port}", clientId: contract, timeout: 1s, keepalive: 5s }
assets:
  a:
    tags:
      x: { from: it, address: { topic: plant/sim/machine/v0, value: $.value, time: $.ts } }
      y: { from: it, address: { topic: plant/sim/machine/v1, value: $.value, time: $.ts } }
`,
    redelivers: true,
    sample: (text, port) => text.replace('mqtt://127.0.0.1:1883', `mqtt://127.0.0.1:${port}`),
  },
  {
    kind: 'sparkplug',
    peer: 'sparkplug',
    plant: (port) => `
plant: contract
adapters:
  it: { kind: sparkplug, url: "mqtt://127.0.0.1:${port}", groups: [Sim], hostId: contract, clientId: contract, timeout: 1s, keepalive: 5s }
assets:
  a:
    tags:
      x: { from: it, address: { group: Sim, edge: edge-1, device: machine, metric: v0 } }
      y: { from: it, address: { group: Sim, edge: edge-1, device: machine, metric: v1 } }
`,
    redelivers: false,
    folder: 'mqtt/sparkplug',
    sample: (text, port) =>
      text
        .replace('mqtt://127.0.0.1:1883', `mqtt://127.0.0.1:${port}`)
        .replace('groups: [bremen]', 'groups: [Sim]')
        .replace(
          'group: bremen, edge: gateway-1, device: press-1, metric: Hydraulics/Pressure',
          'group: Sim, edge: edge-1, device: machine, metric: v0',
        ),
  },
];

/** An adapter notices a dead peer by its own deadlines; the longest of the subjects is MQTT's, one and a half keep-alives. */
const NOTICES_WITHIN_MS = 40_000;
/** A second is what the contract says; a busy machine adds to it, and the deadlines an adapter might wait for are longer. */
const STOPS_WITHIN_MS = 4_000;

const accept = async (batch: readonly Reading[]): Promise<SinkOutcome> => ({ accepted: batch.length, rejected: [] });

/** What this process holds open, by kind; pipes to the peers and to the test runner stay as they are. */
function held(): Readonly<Record<string, number>> {
  const count: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) {
    if (/^(TCP|Timeout|Immediate|GetAddrInfo|UDP|FSReq|TLS)/.test(name)) count[name] = (count[name] ?? 0) + 1;
  }
  return count;
}

async function untilNoMoreIsHeldThan(before: Readonly<Record<string, number>>): Promise<void> {
  await waitFor(`no more than ${JSON.stringify(before)} is held open; now ${JSON.stringify(held())}`, () =>
    Object.entries(held()).every(([name, count]) => count <= (before[name] ?? 0)),
  );
}

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const run = (plant: string, options?: AdapterRunOptions): AdapterRun => {
  const adapter = runAdapter(plant, options);
  stops.push(() => adapter.stop());
  return adapter;
};
const tagsOf = ({ readings }: AdapterRun) => [...new Set(readings.map(({ tag }) => tag))].sort();
const untilRead = (adapter: AdapterRun) => waitFor('both tags', () => tagsOf(adapter).length >= 2);

describe.each(SUBJECTS)(
  'the contract of adapters: $kind',
  ({ peer: protocol, plant, redelivers, sample, kind, folder = kind }) => {
    let peer: SimulatedPeer;
    beforeAll(async () => {
      peer = await startSimulatedPeer(protocol);
      // Libraries hold on to what they need once; what each run holds is what counts.
      const first = runAdapter(plant(peer.port));
      await untilRead(first);
      await first.stop();
    });
    afterAll(async () => await peer?.[Symbol.asyncDispose]());

    /** With deadlines that nobody can have waited for. */
    const patient = (port: number) => plant(port).replace(/timeout: \d+s/, 'timeout: 30s');
    const through = async (): Promise<TcpProxy> => {
      const proxy = await startTcpProxy(peer.port);
      stops.push(async () => await proxy[Symbol.asyncDispose]());
      return proxy;
    };

    it('says that it is connected, and gives every tag to the sink', async () => {
      const adapter = run(plant(peer.port));
      await untilRead(adapter);
      expect(adapter.connections()).toBeGreaterThanOrEqual(1);
      expect(
        adapter.readings.every(({ at, quality }) => Math.abs(Date.now() - at) < 60_000 && quality === 'good'),
      ).toBe(true);
    });

    it('stops within a second while it reads', async () => {
      const adapter = run(plant(peer.port));
      await untilRead(adapter);
      expect(await adapter.stop()).toBeLessThan(STOPS_WITHIN_MS);
      expect(await adapter.ended).toBeNull();
    });

    it('stops within a second while the sink does not answer', async () => {
      let calls = 0;
      const adapter = run(patient(peer.port), {
        sink: () => {
          calls++;
          return new Promise(() => undefined);
        },
      });
      await waitFor('a batch', () => calls > 0);
      expect(await adapter.stop()).toBeLessThan(STOPS_WITHIN_MS);
    });

    it('stops within a second while the peer is black', async () => {
      const proxy = await through();
      await proxy.become('freeze');
      const adapter = run(patient(proxy.port));
      await waitFor('a connection', () => proxy.connections() > 0);
      expect(await adapter.stop()).toBeLessThan(STOPS_WITHIN_MS);
    });

    it('throws an error of ours when nobody listens', async () => {
      const adapter = run(plant(await freePort()));
      const end = await adapter.ended;
      expect(end).toBeInstanceOf(AdapterError);
      expect(end).toMatchObject({ code: 'connection_refused' });
      expect(adapter.connections()).toBe(0);
    });

    it('throws an error of ours when the peer is black from the beginning', async () => {
      const proxy = await through();
      await proxy.become('freeze');
      const adapter = run(plant(proxy.port));
      expect(await within(adapter.ended)).toBeInstanceOf(AdapterError);
      expect(adapter.connections()).toBe(0);
    });

    it('throws an error of ours when the peer becomes black', async () => {
      const proxy = await through();
      const adapter = run(plant(proxy.port));
      await untilRead(adapter);
      await proxy.become('freeze');
      expect(await within(adapter.ended)).toBeInstanceOf(AdapterError);
    });

    it('throws an error of ours when the peer dies', async () => {
      const proxy = await through();
      const adapter = run(plant(proxy.port));
      await untilRead(adapter);
      await proxy.become('refuse');
      expect(await within(adapter.ended)).toBeInstanceOf(AdapterError);
    });

    it('leaves no socket, timer or listener, however it ends', async () => {
      const before = held();
      for (const end of ['abort', 'die', 'freeze', 'refuse'] as const) {
        const proxy = await startTcpProxy(peer.port);
        if (end === 'refuse') await proxy.become('refuse');
        let listeners: readonly unknown[] = [];
        const adapter = runAdapter(plant(proxy.port), {
          onEnd: (signal) => {
            listeners = getEventListeners(signal, 'abort');
          },
        });
        if (end !== 'refuse') await untilRead(adapter);
        if (end === 'die') await proxy.become('refuse');
        if (end === 'freeze') await proxy.become('freeze');
        if (end !== 'abort') await within(adapter.ended);
        await adapter.stop();
        expect(listeners, `listeners on the signal after: ${end}`).toEqual([]);
        await proxy[Symbol.asyncDispose]();
      }
      await untilNoMoreIsHeldThan(before);
    });

    it('survives a full log: what comes when there is room again is stored', async () => {
      let refusals = 0;
      const adapter = run(plant(peer.port), {
        redialMs: 100,
        sink: async (batch) => {
          if (refusals >= 3) return accept(batch);
          refusals++;
          throw new StoreError('log_full', 'the readings log is full');
        },
      });
      await untilRead(adapter);
      expect(refusals).toBe(3);
    });

    it('can be run again and again', async () => {
      for (let i = 0; i < 2; i++) {
        const adapter = runAdapter(plant(peer.port));
        await untilRead(adapter);
        expect(await adapter.stop()).toBeLessThan(STOPS_WITHIN_MS);
      }
    });

    if (redelivers) {
      it('acknowledges only what the sink has taken: the rest comes again', async () => {
        const untaken: Reading[] = [];
        const first = run(plant(peer.port), {
          sink: (batch) => {
            untaken.push(...batch);
            return new Promise(() => undefined);
          },
        });
        await waitFor('a batch', () => untaken.length > 0);
        await first.stop();
        const second = run(plant(peer.port));
        const missing = () =>
          untaken.filter(
            ({ tag, value }) => !second.readings.some((other) => other.tag === tag && other.value === value),
          );
        await waitFor('what was not taken', () => missing().length === 0);
      });
    }

    it('runs its sample', async () => {
      const text = readFileSync(join(import.meta.dirname, `../../adapters/${folder}/sample.yaml`), 'utf8');
      const plantText = sample(text, peer.port);
      expect(plantText).toContain(String(peer.port));
      const adapter = run(plantText);
      await waitFor('a connection', () => adapter.connections() > 0);
      await waitFor('a reading', () => adapter.readings.length > 0);
    });
  },
);

describe('the contract of adapters: simulator', () => {
  const text = readFileSync(join(import.meta.dirname, '../../adapters/simulator/sample.yaml'), 'utf8');

  it('runs its sample, stops within a second, and leaves nothing', async () => {
    const before = held();
    for (let i = 0; i < 2; i++) {
      const adapter = runAdapter(text);
      await untilRead(adapter);
      expect(adapter.connections()).toBe(1);
      expect(await adapter.stop()).toBeLessThan(STOPS_WITHIN_MS);
    }
    await untilNoMoreIsHeldThan(before);
  });

  it('survives a full log', async () => {
    let refusals = 0;
    const adapter = run(text, {
      sink: async (batch) => {
        if (refusals >= 2) return accept(batch);
        refusals++;
        throw new StoreError('log_full', 'the readings log is full');
      },
    });
    await untilRead(adapter);
    expect(refusals).toBe(2);
  });
});

describe('the contract of adapters: all', () => {
  const folders = readdirSync(join(import.meta.dirname, '../../adapters'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

  it.each(folders)('%s: its samples are plant files that load', (folder) => {
    const path = join(import.meta.dirname, '../../adapters', folder);
    const samples = readdirSync(path).filter((name) => /^sample.*\.yaml$/.test(name));
    expect(samples).not.toEqual([]);
    for (const sample of samples) expect(plantOf(readFileSync(join(path, sample), 'utf8')).sources).not.toEqual([]);
  });

  it('each adapter that dials is under contract', () => {
    const dialling = adapters.filter((adapter) => 'run' in adapter).map(({ kind }) => kind);
    const tested = [...new Set([...SUBJECTS.map(({ kind }) => kind), 'simulator'])];
    expect(tested.toSorted()).toEqual(dialling.toSorted());
  });
});

/** How it ended, or a failure when it hangs. */
async function within(ended: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it hangs: no end within ${NOTICES_WITHIN_MS} ms`)), NOTICES_WITHIN_MS);
  });
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}
