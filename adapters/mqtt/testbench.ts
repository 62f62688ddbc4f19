import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/model/clock.ts';
import type { AdapterContext, DiscardReason, Reading, SinkOutcome } from '../adapter.ts';
import type { MqttConfig } from './settings.ts';

/** What a run delivered, and the switch that ends it. For tests. */
export interface Recorder {
  readonly ctx: AdapterContext;
  readonly readings: Reading[];
  /** Sizes of the calls of `sink`. */
  readonly calls: number[];
  readonly discarded: Map<DiscardReason, number>;
  /** Where the newest of it came from. */
  readonly origins: Map<DiscardReason, string>;
  readonly observed: { readonly code?: string }[];
  readonly warnings: string[];
  connections: number;
  /** Decides when a batch is stored; resolve to store it, reject to refuse it. */
  store: (batch: readonly Reading[]) => Promise<void>;
  abort(): void;
}

/** Makes a context that writes down what an adapter does with it. For tests. */
export function recorder(store: Recorder['store'] = () => Promise.resolve(), directory = 'unused'): Recorder {
  const abort = new AbortController();
  const made: Recorder = {
    readings: [],
    calls: [],
    discarded: new Map(),
    origins: new Map(),
    observed: [],
    warnings: [],
    connections: 0,
    store,
    abort: () => abort.abort(),
    ctx: {
      sink: async (batch): Promise<SinkOutcome> => {
        made.calls.push(batch.length);
        await made.store(batch);
        made.readings.push(...batch);
        return { accepted: batch.length, rejected: [] };
      },
      clock: systemClock,
      signal: abort.signal,
      connected: () => {
        made.connections += 1;
      },
      discard: (reason, count, from) => {
        made.discarded.set(reason, (made.discarded.get(reason) ?? 0) + count);
        if (from !== undefined) made.origins.set(reason, from);
      },
      observe: (outcome) => made.observed.push(outcome),
      directory,
      warn: (sentence) => made.warnings.push(sentence),
      lastStored: () => null,
      waveform: async () => null,
      frame: async () => null,
      event: async () => undefined,
    },
  };
  return made;
}

/** Settings with the defaults filled in, as the loader would. For tests. */
export function settings(given: Partial<MqttConfig> & { url: string }): MqttConfig {
  return {
    protocol: 4,
    qos: 1,
    cleanSession: false,
    sessionExpiry: 60_000,
    keepalive: 30_000,
    timeout: 5_000,
    inFlight: 500,
    maxPayload: 262_144,
    map: [],
    ...given,
  };
}

/** A promise that is settled from outside, to hold a `sink`. For tests. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

/** Makes a closed gate. For tests. */
export function gate(): Gate {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** Where Debian installs it: not on everybody's path. */
const MOSQUITTO = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find(existsSync);

/** True when a real broker is installed. For tests. */
export const hasMosquitto = MOSQUITTO !== undefined;

/** A real broker of one test, on a port of its own. */
export interface Mosquitto {
  readonly url: string;
  start(): Promise<void>;
  /** SIGTERM, and waits for the end; sessions survive in its file. */
  stop(): Promise<void>;
  dispose(): Promise<void>;
}

/** Prepares a mosquitto with a folder and port of its own; `lines` are added to its configuration. For tests. */
export async function mosquitto(lines: readonly string[] = [], scheme = 'mqtt'): Promise<Mosquitto> {
  if (MOSQUITTO === undefined) throw new Error('mosquitto is not installed: apt-get install mosquitto');
  const program = MOSQUITTO;
  const folder = await mkdtemp(join(tmpdir(), 'mosquitto-'));
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  const base = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${folder}/`,
  ];
  const queue = ['max_queued_messages 100000', 'user root'];
  await writeFile(file, [...base, ...queue, ...lines, ''].join('\n'));
  let child: ChildProcess | null = null;
  const stop = async () => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGTERM');
    await ended;
  };
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    start: async () => {
      child = spawn(program, ['-c', file], { stdio: 'ignore' });
      await reachable(port, child);
    },
    stop,
    dispose: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on TCP, so it is no pipe name
  server.close();
  await once(server, 'close');
  return port;
}

async function reachable(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const answer = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (!socket.closed) await once(socket, 'close');
    if (answer) return;
    await systemClock.sleep(20);
  }
  throw new Error(`mosquitto does not listen on ${port}`);
}
