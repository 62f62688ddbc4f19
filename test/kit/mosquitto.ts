import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { startPeer } from './peer.ts';
import { findTool, required } from './tool.ts';

/** Where the real broker is installed, or `null`. */
export const MOSQUITTO = findTool('mosquitto');

/** A running broker. */
export interface Broker extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Where it keeps its sessions with `persistence true`. */
  readonly store: string;
  signal(name: NodeJS.Signals): void;
  /** Ends it by a signal and starts it again, on the same port and with what it has stored, after it was away for a while. */
  restart(name: 'SIGTERM' | 'SIGKILL', awayMs?: number): Promise<void>;
}

/** Starts a real broker on a port of its own; `lines` are its configuration but for the listener. */
export async function startMosquitto(lines: readonly string[]): Promise<Broker> {
  const program = required(MOSQUITTO, 'mosquitto (apt-get install mosquitto)');
  const folder = mkdtempSync(join(tmpdir(), 'mosquitto-'));
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  const place = lines.some((line) => /^persistence_location\s/.test(line)) ? [] : [`persistence_location ${folder}/`];
  writeFileSync(file, [`listener ${port} 127.0.0.1`, ...place, 'user root', ...lines, ''].join('\n'));
  let peer = startPeer(program, ['-c', file]);
  const dispose = async () => {
    await peer[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await peer.untilListening(port);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    store: join(folder, 'mosquitto.db'),
    signal: (name) => peer.signal(name),
    restart: async (name, awayMs = 0) => {
      peer.signal(name);
      await peer.ended;
      await sleep(awayMs);
      peer = startPeer(program, ['-c', file]);
      await peer.untilListening(port);
    },
    [Symbol.asyncDispose]: dispose,
  };
}
