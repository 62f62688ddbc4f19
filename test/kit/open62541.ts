import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type Peer, startPeer } from './peer.ts';
import { required } from './tool.ts';

const SOURCE = join(import.meta.dirname, 'open62541-server.c');
const FOLDER = process.env['MILLWRIGHT_DEBIAN13'] ?? '/var/tmp/millwright-debian13';
const PARTS = ['/usr/include/open62541/server.h', '/usr/bin/gcc'];

/** A Debian 13 with open62541 and a compiler, in a folder: `.ci/debian13` makes it. `null` without. */
export const OPEN62541 =
  process.getuid?.() === 0 && PARTS.every((part) => existsSync(join(FOLDER, part))) ? FOLDER : null;

/** One value the server has served. */
export interface ServedValue {
  readonly name: string;
  readonly at: number;
  readonly value: number;
}

/** An OPC UA server on the open62541 stack. */
export interface Open62541 extends AsyncDisposable {
  readonly url: string;
  /** Every value of all its lives. */
  served(): ServedValue[];
  /** Kills it and starts it again, counting on from `first`. */
  restart(first: number): Promise<void>;
}

/** Compiles and starts the server; it counts from `first`. */
export async function startOpen62541(first: number): Promise<Open62541> {
  const folder = required(OPEN62541, 'open62541 of Debian 13 (run .ci/debian13 as root)');
  const port = await freePort();
  const program = `/tmp/open62541-${port}`; // as seen from inside
  copyFileSync(SOURCE, join(folder, `${program}.c`));
  execFileSync('chroot', [folder, 'gcc', '-O1', '-Wall', '-o', program, `${program}.c`, '-lopen62541']);
  const start = async (from: number) => {
    const peer = startPeer('chroot', [folder, program, String(port), String(from)]);
    await peer.untilListening(port);
    return peer;
  };
  const lives: Peer[] = [await start(first)];
  return {
    url: `opc.tcp://127.0.0.1:${port}`,
    served: () => lives.flatMap((peer) => parse(peer.output())),
    restart: async (from) => {
      const peer = lives.at(-1)!;
      peer.signal('SIGKILL');
      await peer.ended;
      lives.push(await start(from));
    },
    [Symbol.asyncDispose]: async () => {
      await lives.at(-1)![Symbol.asyncDispose]();
      for (const file of [program, `${program}.c`]) rmSync(join(folder, file), { force: true });
    },
  };
}

function parse(output: string): ServedValue[] {
  return [...output.matchAll(/^(\w+),(\d+),(\S+)\n/gm)].map(([, name, at, value]) => ({
    name: name!,
    at: Number(at),
    value: Number(value),
  }));
}
