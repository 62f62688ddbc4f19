import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { createRandom } from '../model/random.ts';
import { LINK_FAULTS, watchLinks } from './link-faults.ts';

const stops: (() => unknown)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const stop of stops.splice(0).reverse()) stop();
});

/** A server, a client of it, and what the client heard. */
async function linked() {
  const server = createServer((socket) => socket.on('error', () => undefined));
  const links = watchLinks(server, { random: createRandom(7) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1'); // listening on TCP, so it is no pipe name
  stops.push(
    () => server.close(),
    () => client.destroy(),
  );
  const heard: Buffer[] = [];
  client.on('data', (bytes: Buffer) => heard.push(bytes));
  const [socket] = await accepted;
  stops.push(() => socket.destroy());
  return { links, client, socket, heard };
}

/** What the server wrote before would have been heard after it. */
async function roundTrips(client: Socket, socket: Socket): Promise<void> {
  for (let i = 0; i < 3; i++) {
    client.write('?');
    await once(socket, 'data');
  }
}

it('a delayed connection says what it was given later, and then goes on', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const { links, client, socket, heard } = await linked();
  expect(links.harm('delay')).toBe(true);
  socket.write('late');
  await roundTrips(client, socket);
  expect(heard).toEqual([]);
  vi.advanceTimersByTime(1_500);
  await once(client, 'data');
  socket.write(', on time');
  await once(client, 'data');
  expect(Buffer.concat(heard).toString()).toBe('late, on time');
});

it('a half-open connection is silent until its peer gives it up', async () => {
  const { links, client, socket, heard } = await linked();
  links.harm('half-open');
  socket.write('never');
  await roundTrips(client, socket);
  expect(heard).toEqual([]);
  client.destroy();
  await once(socket, 'close');
});

it('a reset connection ends with an error, and garbage is heard on one that stays', async () => {
  const { links, client, heard } = await linked();
  links.harm('garbage');
  await once(client, 'data');
  expect(Buffer.concat(heard).length).toBe(200);
  const [[error]] = await Promise.all([once(client, 'error'), links.harm('rst')]);
  expect(error).toMatchObject({ code: 'ECONNRESET' });
});

it('other faults are not its business', async () => {
  const { links } = await linked();
  expect([links.harm(null), links.harm('duplicate')]).toEqual([false, false]);
  expect(Object.keys(LINK_FAULTS)).toEqual(['delay', 'half-open', 'rst', 'garbage']);
});
