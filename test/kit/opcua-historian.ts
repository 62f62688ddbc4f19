import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type Peer, startPeer } from './peer.ts';

const PROGRAM = join(import.meta.dirname, 'opcua-historian.js');

/** One value the server has had. */
export interface HeldValue {
  readonly at: number;
  readonly value: number;
}

/** An OPC UA server in a process of its own, whose history survives it. */
export interface Historian extends AsyncDisposable {
  readonly url: string;
  /** All values it has had so far, over all its lives. */
  held(): HeldValue[];
  signal(name: NodeJS.Signals): void;
  /** Ends it by a signal and waits for that. */
  end(name: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Starts it again; resolves when it listens. */
  start(): Promise<void>;
}

/** Makes the server and starts it. */
export async function startHistorian(): Promise<Historian> {
  const folder = mkdtempSync(join(tmpdir(), 'millwright-historian-'));
  const port = await freePort();
  let peer: Peer;
  const start = async () => {
    // A process that is killed while it holds the library's lock makes the next one wait until that looks old.
    rmSync(join(folder, 'pki', 'mutex.lock'), { recursive: true, force: true });
    peer = startPeer(process.execPath, [PROGRAM, String(port), folder]);
    // The first start makes an RSA key, which takes half a minute on a machine that is busy.
    await peer.untilListening(port).catch(() => peer.untilListening(port));
  };
  try {
    await start();
  } catch (error) {
    await peer![Symbol.asyncDispose](); // nobody else would end it
    throw error;
  }
  return {
    url: `opc.tcp://127.0.0.1:${port}`,
    held: () =>
      readFileSync(join(folder, 'history.csv'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => {
          const [at, value] = line.split(',').map(Number);
          return { at: at!, value: value! };
        }),
    signal: (name) => peer.signal(name),
    end: async (name) => {
      peer.signal(name);
      await peer.ended;
    },
    start,
    [Symbol.asyncDispose]: async () => {
      peer.signal('SIGCONT');
      await peer[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
