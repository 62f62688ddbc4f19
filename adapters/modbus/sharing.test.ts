import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { createModbus } from './index.ts';
import { addressOf, configOf, record } from './testbench.ts';

/** A device that answers every request for one register with 7 after a while, and complains of a second one meanwhile. */
async function startSingleMinded() {
  const sockets = new Set<Socket>();
  const seen = { accepted: 0, overlaps: 0 };
  let isBusy = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    seen.accepted++;
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (request: Buffer) => {
      if (isBusy || request.length !== 12) seen.overlaps++;
      isBusy = true;
      setTimeout(() => {
        isBusy = false;
        const head = Buffer.from(request.subarray(0, 7));
        head.writeUInt16BE(5, 4);
        socket.write(Buffer.concat([head, Buffer.from('03020007', 'hex')]));
      }, 5);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port, // a TCP server has one
    seen,
    open: () => sockets.size,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('two sources that name the same place', () => {
  const tags = { a: addressOf({ register: 0 }), b: addressOf({ register: 0, unitId: 2 }) };

  test('share one connection and one queue; the last one to go closes it', async () => {
    await using device = await startSingleMinded();
    const adapter = createModbus();
    const config = configOf({ host: '127.0.0.1', port: device.port, poll: '50ms' });
    await using first = record(config, tags, { adapter });
    await using second = record(config, tags, { adapter });
    await vi.waitFor(() => expect(Math.min(first.scans.length, second.scans.length)).toBeGreaterThan(5), 20_000);
    await first.stop();
    const scansBefore = second.scans.length;
    await vi.waitFor(() => expect(second.scans.length).toBeGreaterThan(scansBefore + 3), 20_000);
    expect(device.seen).toEqual({ accepted: 1, overlaps: 0 });
    expect([...first.scans, ...second.scans].flat().every(({ value }) => value === 7)).toBe(true);
    await second.stop();
    await vi.waitFor(() => expect(device.open()).toBe(0), 20_000);
  });

  test('cannot do so with different settings of the line', async () => {
    await using device = await startSingleMinded();
    const adapter = createModbus();
    const config = configOf({ host: '127.0.0.1', port: device.port, poll: '50ms' });
    await using _first = record(config, tags, { adapter });
    await using second = record({ ...config, transport: 'rtu-over-tcp' }, tags, { adapter });
    await expect(second.running).rejects.toMatchObject({ message: expect.stringContaining('different settings') });
  });
});
