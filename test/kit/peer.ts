import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { waitFor } from './wait.ts';

const STOP_MS = 5_000;

/** A program that is not ours, at the other end of a connection. */
export interface Peer extends AsyncDisposable {
  /** All that it has written. */
  output(): string;
  /** Waits until something listens on a port of this machine; fails at once when the program has ended. */
  untilListening(port: number): Promise<void>;
  /** Waits until it ends by itself; what it wrote, if it ended well. */
  untilDone(withinMs?: number): Promise<string>;
  /** Sends a signal; for one that ends it, `ended` tells when. */
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<unknown>;
}

/** Starts a program. Dispose of it to end it: SIGTERM, and after five seconds SIGKILL. */
export function startPeer(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Peer {
  const child = spawn(program, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  closed.catch(() => undefined); // it could not be started: told by the next call
  let output = '';
  const take = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const hasEnded = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const name = [program, ...args].join(' ');
  return {
    output: () => output,
    untilListening: async (port) => {
      const found = await waitFor(`${name} on port ${port}`, async () => {
        if (hasEnded()) return 'ended';
        return (await isListening(port)) ? 'listening' : null;
      });
      if (found === 'ended') throw new Error(`${name} ended:\n${output}`);
    },
    untilDone: async (withinMs = 60_000) => {
      await waitFor(`the end of ${name}`, hasEnded, withinMs);
      await closed;
      if (child.exitCode !== 0) throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}:\n${output}`);
      return output;
    },
    signal: (name) => {
      child.kill(name);
    },
    ended: closed,
    [Symbol.asyncDispose]: async () => {
      if (hasEnded()) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // refused: not yet
  } finally {
    socket.destroy();
  }
}
