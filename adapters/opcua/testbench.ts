import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DataType,
  MessageSecurityMode,
  type Namespace,
  OPCUACertificateManager,
  OPCUAServer,
  type OPCUAServerOptions,
  SecurityPolicy,
  StatusCodes,
  standardUnits,
  type UAVariable,
  VariantArrayType,
} from 'node-opcua';
import { systemClock } from '../../src/model/clock.ts';
import type { AdapterContext, Clock, EpochMs, Reading, SourceEvent } from '../adapter.ts';
import { opcua } from './index.ts';
import type { Address, Config } from './settings.ts';

export const URI = 'http://example.com/plant';
export const SOURCE_TIME = new Date('2025-01-01T12:00:00.123Z');
const { Scalar } = VariantArrayType;

export type Plant = Awaited<ReturnType<typeof startPlant>>;

/** A server with some variables; `more` changes how it is made. Its certificates are in a folder of its own. */
export async function startPlant(more: OPCUAServerOptions = {}) {
  const rootFolder = await mkdtemp(join(tmpdir(), 'millwright-opcua-'));
  const certificates = new OPCUACertificateManager({ rootFolder, automaticallyAcceptUnknownCertificate: true });
  const server = new OPCUAServer({
    port: 0,
    hostname: '127.0.0.1',
    alternateHostname: ['127.0.0.1'],
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    securityModes: [MessageSecurityMode.None],
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256], // the latter for passwords only
    allowAnonymous: true,
    serverCapabilities: { minSupportedSampleRate: 0 }, // every change counts
    userManager: { isValidUser: (name: string, password: string) => name === 'reader' && password === 'secret' },
    ...more,
  });
  await server.initialize();
  const { addressSpace } = server.engine;
  const namespace: Namespace = addressSpace!.registerNamespace(URI);
  const variables = new Map<string, UAVariable>();
  const add = (name: string, dataType: DataType, value: unknown, nodeId = `s=${name}`) => {
    const variable = namespace.addVariable({
      organizedBy: addressSpace!.rootFolder.objects,
      browseName: name,
      nodeId,
      dataType,
      minimumSamplingInterval: 0,
    });
    variable.setValueFromSource({ dataType, arrayType: Scalar, value }, StatusCodes.Good, SOURCE_TIME);
    variables.set(name, variable);
    return variable;
  };
  const addAnalog = (name: string, range: { readonly low: number; readonly high: number }) => {
    const variable = namespace.addAnalogDataItem({
      organizedBy: addressSpace!.rootFolder.objects,
      browseName: name,
      nodeId: `s=${name}`,
      dataType: DataType.Double,
      engineeringUnitsRange: range,
      engineeringUnits: standardUnits.bar,
      minimumSamplingInterval: 0,
    });
    variable.setValueFromSource({ dataType: DataType.Double, value: 0 }, StatusCodes.Good, SOURCE_TIME);
    variables.set(name, variable);
  };
  add('Speed', DataType.Double, 12.5);
  add('Pump', DataType.Boolean, true);
  add('Count', DataType.Int64, [0xffffffff, 0xfffffffe]);
  add('Name', DataType.String, 'press');
  add('Fast', DataType.Double, 0);
  await server.start();
  const port = server.endpoints[0]!.port;
  return {
    server,
    namespace,
    rootFolder,
    port,
    url: `opc.tcp://127.0.0.1:${port}`,
    add,
    addAnalog,
    variable: (name: string) => variables.get(name)!,
    set: (name: string, value: unknown, options: { at: Date; statusCode?: typeof StatusCodes.Good }) => {
      const variable = variables.get(name)!;
      const { dataType } = variable.readValue().value;
      variable.setValueFromSource(
        { dataType, arrayType: Scalar, value },
        options.statusCode ?? StatusCodes.Good,
        options.at,
      );
    },
    stop: async () => {
      await server.shutdown(0);
      await rm(rootFolder, { recursive: true });
    },
  };
}

/** A TCP proxy that can break a connection in ways a server in the same process cannot. */
export async function startProxy(
  port: number,
  tamper: (fromServer: Buffer) => void = () => undefined,
  listen: (fromClient: Buffer) => void = () => undefined,
) {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  };
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    keep(client);
    keep(server);
    client.on('data', (chunk: Buffer) => {
      listen(chunk);
      if (!isFrozen) server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => {
      tamper(chunk);
      if (!isFrozen) client.write(chunk);
    });
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const kill = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const close = async () => {
    kill();
    await new Promise((resolve) => proxy.close(resolve));
  };
  const url = `opc.tcp://127.0.0.1:${(proxy.address() as AddressInfo).port}`; // it listens on TCP
  return {
    url,
    open: () => sockets.size,
    kill,
    close,
    freeze: () => {
      isFrozen = true;
    },
  };
}

/** A clock on which waiting takes a fraction of the time. */
export function fastClock(factor: number): Clock {
  const startedAt = Date.now();
  return {
    now: () => startedAt + (Date.now() - startedAt) * factor,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}

/** What a run may be given beside its connection. */
export interface RunOptions {
  readonly clock?: Clock;
  /** Resolves when `sink` may say that a batch is stored. */
  readonly stored?: Promise<void>;
  /** The folder of the source; one that is thrown away without it. */
  readonly directory?: string;
  readonly lastStored?: (tag: string) => EpochMs | null;
}

/** Settings as the plant file's defaults make them, but quicker. */
export function configOf(url: string, more: Partial<Config> = {}): Config {
  return {
    url,
    security: 'none',
    hostCheck: 'strict',
    allowInsecure: false,
    publish: 100,
    trigger: 'value',
    backfill: 86_400_000,
    events: false,
    timeout: 60_000, // a busy machine takes its time, and a clock may be ten times as fast
    ...more,
  };
}

/** Runs the adapter until `stop`; what it delivers is kept. */
export function startRun(
  url: string,
  tags: Record<string, string | Address>,
  more: Partial<Config> = {},
  { clock = systemClock, stored = Promise.resolve(), directory, lastStored = () => null }: RunOptions = {},
) {
  const controller = new AbortController();
  const readings: Reading[] = [];
  const events: SourceEvent[] = [];
  const warnings: string[] = [];
  const observed: { readonly unit?: string; readonly code?: string; readonly ms: number }[] = [];
  const discarded: { readonly reason: string; readonly count: number }[] = [];
  let connections = 0;
  let batches = 0;
  const ctx = (folder: string): AdapterContext => ({
    clock,
    signal: controller.signal,
    sink: async (batch) => {
      readings.push(...batch);
      batches++;
      await stored;
      return { accepted: batch.length, rejected: [] };
    },
    connected: () => connections++,
    discard: (reason, count) => discarded.push({ reason, count }),
    observe: (outcome) => observed.push(outcome),
    directory: folder,
    warn: (sentence) => warnings.push(sentence),
    lastStored,
    waveform: async () => null,
    frame: async () => null,
    event: async (event) => {
      events.push(event);
      return undefined;
    },
  });
  const bindings = Object.entries(tags).map(([tag, address]) => ({
    tag,
    address: typeof address === 'string' ? { nodeId: address } : address,
  }));
  const run = async () => {
    const own = directory ?? (await mkdtemp(join(tmpdir(), 'millwright-opcua-run-')));
    try {
      await opcua.run(configOf(url, more), bindings, ctx(own));
    } finally {
      if (directory === undefined) await rm(own, { recursive: true });
    }
  };
  const running = run();
  running.catch(() => undefined);
  return {
    running,
    signal: controller.signal,
    readings,
    observed,
    discarded,
    events,
    warnings,
    stop: async () => {
      controller.abort();
      await running.catch(() => undefined);
    },
    connections: () => connections,
    batches: () => batches,
    last: (tag: string) => readings.findLast((reading) => reading.tag === tag),
  };
}
