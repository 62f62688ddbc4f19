import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError } from '../../../src/model/errors.ts';
import { LOOPBACK } from './device.ts';

/** How often a device that comes back tries to listen, should somebody else have its port by chance. */
const RETRY_MS = 100;

/** A TCP or HTTP server of Node with a port on loopback that can be closed at once and opened again. */
export interface LoopbackPort {
  readonly port: number;
  /** Stops listening and destroys every connection. */
  close(): Promise<void>;
  /** Listens on the same port again. */
  reopen(signal: AbortSignal): Promise<void>;
}

/** Opens a server on loopback; port 0 takes a free one. Throws `ConfigError('port_in_use')` when the port is taken. */
export async function openLoopback(server: Server, port: number): Promise<LoopbackPort> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    // a peer that resets its connection is ordinary life for a device
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  });
  await listen(server, port);
  const address = server.address();
  const opened = typeof address === 'object' && address !== null ? address.port : port;
  return {
    port: opened,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    reopen: async (signal) => {
      if (!server.listening) await patiently(() => listen(server, opened), signal);
    },
  };
}

/**
 * Tries to listen again while the port is taken, until it succeeds or `signal` aborts (then `null`). A port from the
 * ephemeral range can be handed to an outgoing connection while it is closed, even to a client that dials this very port.
 */
export async function patiently<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
  while (!signal.aborted) {
    try {
      return await attempt();
    } catch (error) {
      const isTaken = error instanceof ConfigError && error.code === 'port_in_use';
      if (!isTaken) throw error;
    }
    await wait(RETRY_MS, undefined, { signal }).catch(() => undefined); // an abort ends the loop above
  }
  return null;
}

/** Says in plain words why a port could not be opened. */
export function portError(cause: unknown, port: number): Error {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  if (isTaken) return new ConfigError('port_in_use', `port ${port} on ${LOOPBACK} is taken`, { cause });
  return cause instanceof Error ? cause : new Error(`cannot listen on ${LOOPBACK}:${port}`, { cause });
}

async function listen(server: Server, port: number): Promise<void> {
  const listening = once(server, 'listening'); // rejects when the server emits `error`
  server.listen({ host: LOOPBACK, port });
  try {
    await listening;
  } catch (error) {
    throw portError(error, port);
  }
}
