import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Below what the kernel takes by itself, `net.ipv4.ip_local_port_range`: 32768 to 60999. */
const [FIRST_PORT, END_PORT] = [10_000, 32_000];
const TRIES = 50;

/**
 * A port that nobody listens on, for a program that can't be told to choose one itself, or that has to find it again after it was away.
 * The kernel gives it to nobody meanwhile, neither to a server that asks for any port nor to the near end of a connection.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = await listenOn(randomInt(FIRST_PORT, END_PORT));
    if (port !== null) return port;
  }
  throw new Error(`of ${TRIES} ports from ${FIRST_PORT} to ${END_PORT} none is free`);
}

async function listenOn(wanted: number): Promise<number | null> {
  const server = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return null;
    throw error;
  }
  const { port } = server.address() as AddressInfo; // listening on TCP, so it is no pipe name
  server.close();
  await once(server, 'close');
  return port;
}
