import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { type AdapterContext, type Clock, type Reading, StatusCode } from '../adapter.ts';
import { modbus } from './index.ts';
import type { Address } from './settings.ts';

const TIMEOUT_MS = 300;
/** For answers that come: no busy machine is so late. */
const PATIENT_MS = 20_000;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe('a device that fails', () => {
  test.each<[string, string, (asked: Asked) => void]>([
    ['is silent', 'request_timeout', () => undefined],
    ['answers too late', 'request_timeout', ({ reply, slave }) => slave.later(() => reply('04041234' + '5678'))],
    ['answers half', 'request_timeout', ({ reply }) => reply('0304', { length: 7 })],
    ['closes the connection', 'connection_lost', ({ socket }) => socket.end()],
    ['resets the connection', 'connection_lost', ({ socket }) => socket.resetAndDestroy()],
    ['answers for another unit', 'answer_invalid', ({ reply }) => reply('030412345678', { unitId: 9 })],
    ['answers another transaction', 'answer_invalid', ({ reply }) => reply('030412345678', { transaction: 77 })],
    ['speaks another protocol', 'answer_invalid', ({ reply }) => reply('030412345678', { protocol: 5 })],
    ['answers another function', 'answer_invalid', ({ reply }) => reply('040412345678')],
    ['gives fewer registers', 'answer_invalid', ({ reply }) => reply('03021234')],
    ['gives more registers', 'answer_invalid', ({ reply }) => reply('0306123456789abc')],
    ['counts fewer bytes than it sends', 'answer_invalid', ({ reply }) => reply('030212345678')],
    ['counts more bytes than it sends', 'answer_invalid', ({ reply }) => reply('030612345678')],
    ['refuses in the name of another unit', 'answer_invalid', ({ reply }) => reply('8302', { unitId: 9 })],
    ['sends what is not Modbus', 'answer_invalid', ({ socket }) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('%s: the run throws %s, delivers nothing and leaves no connection', async (_, code, answer) => {
    const slave = await scriptedSlave(answer);
    const timeoutMs = code === 'request_timeout' ? TIMEOUT_MS : PATIENT_MS;
    const adapter = start(slave.port, { a: at({ register: 0, type: 'uint32' }) }, { timeoutMs });
    await expect(adapter.running).rejects.toMatchObject({ name: 'AdapterError', code });
    expect(adapter.readings).toEqual([]);
    expect(adapter.connections()).toBe(0);
    await vi.waitFor(() => expect(slave.open()).toBe(0), 20_000);
    slave.lateOnes();
  });

  test('cannot be reached: the run says so', async () => {
    const slave = await scriptedSlave(() => undefined);
    await slave.close();
    const adapter = start(slave.port, { a: at({ register: 0 }) });
    await expect(adapter.running).rejects.toMatchObject({
      code: 'connection_refused',
      message: `cannot reach 127.0.0.1:${slave.port}`,
    });
  });

  test('what was read before the link broke is delivered', async () => {
    const slave = await scriptedSlave(({ reply, first, socket }) => (first === 0 ? reply('03020007') : socket.end()));
    const adapter = start(slave.port, { a: at({ register: 0 }), b: at({ register: 100 }) }, { timeoutMs: PATIENT_MS });
    await expect(adapter.running).rejects.toMatchObject({ code: 'connection_lost' });
    expect(adapter.readings).toMatchObject([{ tag: 'a', value: 7, quality: 'good' }]);
  });

  test('answers in single bytes: nothing is wrong with that', async () => {
    const slave = await scriptedSlave(({ reply }) => reply('03020007', { inBytes: 1 }));
    const adapter = start(slave.port, { a: at({ register: 0 }) }, { timeoutMs: PATIENT_MS });
    await vi.waitFor(() => expect(adapter.readings.length).toBeGreaterThan(2), 20_000);
    expect(adapter.readings[0]).toMatchObject({ value: 7, quality: 'good' });
  });

  test('is overloaded: its tags are bad while it says so and good again afterwards', async () => {
    let isBusy = true;
    const slave = await scriptedSlave(({ reply }) => reply(isBusy ? '8306' : '03020007'));
    const adapter = start(slave.port, { a: at({ register: 0 }) }, { timeoutMs: PATIENT_MS });
    await vi.waitFor(() => expect(adapter.readings).not.toEqual([]), 20_000);
    expect(adapter.readings[0]).toMatchObject({ value: null, quality: 'bad', code: StatusCode.badDeviceFailure });
    expect(adapter.outcomes[0]).toMatchObject({ unit: '1', code: 'exception_6' });
    isBusy = false;
    await vi.waitFor(() => expect(adapter.readings.at(-1)).toMatchObject({ value: 7, quality: 'good' }), 20_000);
    expect(slave.accepted()).toBe(1);
  });

  test('the run returns within a second of being stopped, also while it waits for an answer', async () => {
    const slave = await scriptedSlave(() => undefined);
    const adapter = start(slave.port, { a: at({ register: 0 }) }, { timeoutMs: 60_000 });
    await vi.waitFor(() => expect(slave.asked()).toBe(1), 20_000);
    const stoppedAt = Date.now();
    await adapter.stop();
    expect(Date.now() - stoppedAt).toBeLessThan(10_000); // an answer has a minute
    await vi.waitFor(() => expect(slave.open()).toBe(0), 20_000);
  });
});

describe('a gateway with a dead unit behind it', () => {
  test.each<[string, number, (asked: Asked) => void]>([
    ['is silent about it', 2_000, () => undefined],
    ['says that it cannot reach it', PATIENT_MS, ({ reply }) => reply('830b')],
    ['closes the connection over it', PATIENT_MS, ({ socket }) => socket.destroy()],
  ])('%s: the other units go on at full rate, the dead one is asked ever more rarely', async (_, timeoutMs, dead) => {
    // The dead unit comes first, so that the live one is not saved by the order.
    const slave = await scriptedSlave((asked) => (asked.unitId === 1 ? dead(asked) : asked.reply('03020007')));
    const clock = ownClock();
    const tags = { dead: at({ register: 0 }), live: at({ register: 0, unitId: 2 }) };
    const adapter = start(slave.port, tags, { clock, timeoutMs });
    await vi.waitFor(() => expect(clock.now()).toBeGreaterThan(16_000), 50_000);
    await adapter.stop();
    const dead1 = adapter.readings.filter(({ tag }) => tag === 'dead');
    const live = adapter.readings.filter(({ tag }) => tag === 'live');
    expect(live.every(({ value, quality }) => value === 7 && quality === 'good')).toBe(true);
    expect(live.length).toBeGreaterThanOrEqual(160);
    expect(dead1).toHaveLength(live.length);
    expect(dead1.every(({ quality, code }) => quality === 'bad' && code === StatusCode.badNoCommunication)).toBe(true);
    const askedDead = adapter.outcomes.filter(({ unit, at }) => unit === '1' && at < 16_000);
    expect(askedDead.map((outcome) => outcome.at)).toEqual([0, 1_000, 3_000, 7_000, 11_000, 15_000]);
    expect(slave.mostOpen()).toBeLessThanOrEqual(2);
  });

  test('a dead unit that comes back delivers again', async () => {
    let isDead = true;
    const slave = await scriptedSlave((asked) => {
      if (asked.unitId === 2 || !isDead) asked.reply('03020007');
    });
    const adapter = start(
      slave.port,
      { dead: at({ register: 0 }), live: at({ register: 0, unitId: 2 }) },
      { clock: ownClock() },
    );
    await vi.waitFor(() => expect(adapter.readings.length).toBeGreaterThan(4), 20_000);
    isDead = false;
    await vi.waitFor(
      () => expect(adapter.readings.some((r) => r.tag === 'dead' && r.quality === 'good')).toBe(true),
      20_000,
    );
  });

  test('time for which the process stood still is not charged to a unit that is away: it is asked again at its time', async () => {
    let skipMs = 0;
    const own = ownClock();
    const clock: Clock = { ...own, now: () => own.now() + skipMs };
    const slave = await scriptedSlave(({ unitId, reply }) => {
      if (unitId === 2) return reply('03020007');
      if (own.now() >= 1_000) skipMs = 8_000; // in the first visit
    });
    const adapter = start(slave.port, { away: at({ register: 0 }), live: at({ register: 0, unitId: 2 }) }, { clock });
    await vi.waitFor(() => expect(clock.now()).toBeGreaterThan(20_000), 20_000);
    await adapter.stop();
    const asked = adapter.outcomes.filter(({ unit, at }) => unit === '1' && at < 20_000);
    expect(asked.length).toBeGreaterThanOrEqual(4);
  });

  test('a refused tag, which is not asked for a while, does not hide that the link is down', async () => {
    let isDown = false;
    const slave = await scriptedSlave(({ unitId, reply }) => isDown || reply(unitId === 1 ? '8302' : '03020007'));
    const adapter = start(slave.port, { refused: at({ register: 0 }), live: at({ register: 0, unitId: 2 }) });
    await vi.waitFor(() => expect(adapter.readings.length).toBeGreaterThan(1), 20_000);
    isDown = true;
    await expect(adapter.running).rejects.toMatchObject({ code: 'request_timeout' });
    expect(adapter.readings.every(({ tag, quality }) => (tag === 'live') === (quality === 'good'))).toBe(true);
  });

  test('when no unit answers, the link is down', async () => {
    const slave = await scriptedSlave(() => undefined);
    const adapter = start(slave.port, { a: at({ register: 0 }), b: at({ register: 0, unitId: 2 }) });
    await expect(adapter.running).rejects.toMatchObject({ code: 'request_timeout' });
    expect(adapter.readings).toEqual([]);
  });
});

interface Asked {
  readonly unitId: number;
  readonly first: number;
  readonly socket: Socket;
  readonly slave: { later(answer: () => void): void };
  /** Answers with a PDU in hex; the head is right unless told otherwise. */
  reply(
    pdu: string,
    head?: { unitId?: number; transaction?: number; protocol?: number; length?: number; inBytes?: number },
  ): void;
}

/** A Modbus TCP server that does to each request what the test says. */
async function scriptedSlave(answer: (asked: Asked) => void) {
  const sockets = new Set<Socket>();
  const late: (() => void)[] = [];
  const count = { accepted: 0, asked: 0, mostOpen: 0 };
  const server = createServer((socket) => {
    sockets.add(socket);
    count.accepted++;
    count.mostOpen = Math.max(count.mostOpen, sockets.size);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (request: Buffer) => {
      count.asked++;
      const unitId = request.readUInt8(6);
      const reply: Asked['reply'] = (pdu, head = {}) => {
        const body = Buffer.from(pdu, 'hex');
        const frame = Buffer.alloc(7 + body.length);
        frame.writeUInt16BE(head.transaction ?? request.readUInt16BE(0), 0);
        frame.writeUInt16BE(head.protocol ?? 0, 2);
        frame.writeUInt16BE(head.length ?? body.length + 1, 4);
        frame.writeUInt8(head.unitId ?? unitId, 6);
        body.copy(frame, 7);
        const size = head.inBytes ?? frame.length;
        for (let i = 0; i < frame.length; i += size) socket.write(frame.subarray(i, i + size));
      };
      answer({ unitId, first: request.readUInt16BE(8), socket, slave: { later: (fn) => late.push(fn) }, reply });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  stops.push(close);
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    open: () => sockets.size,
    accepted: () => count.accepted,
    asked: () => count.asked,
    mostOpen: () => count.mostOpen,
    lateOnes: () => {
      for (const fn of late) fn();
    },
    close,
  };
}

/** A clock that is as fast as the sockets allow: sleeping moves it on. */
function ownClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
}

function at(address: Partial<Address> & { register: number }): Address {
  return { unitId: 1, table: 'holding', type: 'uint16', order: 'ABCD', scale: 1, offset: 0, ...address };
}

function start(port: number, tags: Record<string, Address>, options: { clock?: Clock; timeoutMs?: number } = {}) {
  const controller = new AbortController();
  const readings: Reading[] = [];
  const outcomes: { unit?: string; code?: string; at: number }[] = [];
  let connections = 0;
  const ctx: AdapterContext = {
    clock: options.clock ?? systemClock,
    signal: controller.signal,
    sink: async (batch) => {
      readings.push(...batch);
      return { accepted: batch.length, rejected: [] };
    },
    connected: () => connections++,
    discard: () => undefined,
    observe: (outcome) => outcomes.push({ ...outcome, at: ctx.clock.now() }),
    directory: 'unused',
    lastStored: () => null,
    waveform: async () => null,
    frame: async () => null,
    event: async () => undefined,
  };
  const config = {
    host: '127.0.0.1',
    port,
    poll: 100,
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    maxRegisters: 125,
    gap: 8,
  };
  const running = modbus.run(
    config,
    Object.entries(tags).map(([tag, address]) => ({ tag, address })),
    ctx,
  );
  running.catch(() => undefined);
  const stop = async () => {
    controller.abort();
    await running.catch(() => undefined);
  };
  stops.push(stop);
  return { running, readings, outcomes, connections: () => connections, stop };
}
