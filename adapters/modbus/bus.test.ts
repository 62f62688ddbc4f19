import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Bus } from './bus.ts';
import { crc16 } from './frames.ts';
import type { Request } from './requests.ts';

const DEADLINE_MS = 250;
const signal = new AbortController().signal;
const within = { deadlineMs: DEADLINE_MS, signal };
/** For answers that come; a line that was just opened is waited for as long, too. */
const patient = { deadlineMs: 1_000, signal };

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** What was asked, and the means to answer it: at once, or whenever. */
interface Asked {
  readonly unitId: number;
  readonly first: number;
  readonly number: number;
  /** One register with this value, with a checksum that is right; sent as it is when it is bytes. */
  say(answer: number | Buffer): void;
}

/** A serial line behind a device server: RTU frames over TCP. Answers as the test says. */
async function startLine(answer: (asked: Asked) => void) {
  const sockets = new Set<Socket>();
  const seen = { accepted: 0, asked: [] as string[] };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    seen.accepted++;
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (question: Buffer) => {
      const [unitId, first] = [question.readUInt8(0), question.readUInt16BE(2)];
      seen.asked.push(`${unitId}:${first}`);
      const say = (what: number | Buffer) => {
        if (!socket.destroyed) socket.write(typeof what === 'number' ? frameOf(unitId, what) : what);
      };
      answer({ unitId, first, number: seen.asked.length, say });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has one
  const bus = new Bus({ kind: 'tcp', framing: 'rtu', host: '127.0.0.1', port }, 1.75);
  stops.push(
    () => new Promise((resolve) => server.close(resolve)),
    async () => {
      for (const socket of sockets) socket.destroy();
    },
    () => bus.close(),
  );
  return { bus, seen };
}

function frameOf(unitId: number, value: number): Buffer {
  const frame = Buffer.from([unitId, 3, 2, value >> 8, value & 255, 0, 0]);
  frame.writeUInt16LE(crc16(frame.subarray(0, -2)), 5);
  return frame;
}

/** As a process that is stopped, or a virtual machine of which a snapshot is taken. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function ask(unitId: number, first: number): Request {
  return { unitId, table: 'holding', first, count: 1, bindings: [] };
}

async function numberFrom(answer: ReturnType<Bus['read']>): Promise<number> {
  const got = await answer;
  if (got.kind !== 'bytes') throw new Error(`exception ${got.code}`);
  return got.bytes.readUInt16BE();
}

describe('a line whose answers bear no number', () => {
  test.each([1.5, 2.5])(
    'an answer %d deadlines after its question is not taken for that of the next one',
    async (times) => {
      const { bus } = await startLine(({ first, say }) => {
        if (first === 1) setTimeout(() => say(1_111), times * DEADLINE_MS);
        else say(2_222);
      });
      await expect(bus.read(ask(1, 1), within)).rejects.toMatchObject({ code: 'request_timeout' });
      expect(await numberFrom(bus.read(ask(1, 2), patient))).toBe(2_222);
    },
  );

  test('a sound answer of the same unit to something else is no answer, and the one that was owed is waited out', async () => {
    const { bus, seen } = await startLine(({ number, say }) => {
      if (number > 1) return say(7);
      const twoRegisters = Buffer.from([1, 3, 4, 0, 1, 0, 2, 0, 0]);
      twoRegisters.writeUInt16LE(crc16(twoRegisters.subarray(0, -2)), 7);
      say(twoRegisters);
      setTimeout(() => say(1_111), DEADLINE_MS);
    });
    await expect(bus.read(ask(1, 1), within)).rejects.toMatchObject({ code: 'answer_invalid' });
    expect(await numberFrom(bus.read(ask(1, 2), patient))).toBe(7);
    expect(seen.asked).toEqual(['1:1', '1:2']);
  });

  test('another unit that answers late is passed over, and whoever was asked is heard', async () => {
    const { bus } = await startLine(({ unitId, say }) => {
      if (unitId === 1) return;
      say(frameOf(1, 1_111));
      say(2_222);
    });
    await expect(bus.read(ask(1, 1), within)).rejects.toMatchObject({ code: 'request_timeout' });
    expect(await numberFrom(bus.read(ask(2, 1), patient))).toBe(2_222);
  });

  test('after three damaged frames in a row it is opened anew, and is well then', async () => {
    const damaged = Buffer.from('0103020007ffff', 'hex');
    const { bus, seen } = await startLine(({ number, say }) => say(number <= 3 ? damaged : 7));
    for (let i = 0; i < 3; i++) {
      await expect(bus.read(ask(1, 1), within)).rejects.toMatchObject({ code: 'answer_invalid' });
    }
    expect(await numberFrom(bus.read(ask(1, 1), patient))).toBe(7);
    expect(seen.accepted).toBe(2);
  });

  test('a line that is never silent is opened anew rather than waited for', async () => {
    let isNoisy = true;
    const babble = (say: Asked['say']) => {
      if (!isNoisy) return;
      say(Buffer.from([0x55]));
      setImmediate(babble, say);
    };
    const { bus, seen } = await startLine(({ number, say }) => (number > 1 ? say(7) : babble(say)));
    stops.push(async () => {
      isNoisy = false;
    });
    await expect(bus.read(ask(1, 1), within)).rejects.toThrow();
    expect(await numberFrom(bus.read(ask(1, 1), patient))).toBe(7);
    expect(seen.accepted).toBe(2);
  });
});

describe('a connection', () => {
  test('an answer that came while the process stood still is one, however late it is looked at', async () => {
    const { bus } = await startLine(({ say }) => {
      say(7);
      standStill(3 * DEADLINE_MS);
    });
    expect(await numberFrom(bus.read(ask(1, 1), within))).toBe(7);
  });

  test('stays when one question is not answered, and is thrown away when two in a row are not', async () => {
    const { bus, seen } = await startLine(({ unitId, say }) => unitId === 1 || say(7));
    await expect(bus.read(ask(1, 1), within)).rejects.toMatchObject({ code: 'request_timeout' });
    expect(await numberFrom(bus.read(ask(2, 1), patient))).toBe(7);
    expect(seen.accepted).toBe(1);
    await expect(bus.read(ask(1, 1), within)).rejects.toMatchObject({ code: 'request_timeout' });
    await expect(bus.read(ask(1, 1), within)).rejects.toMatchObject({ code: 'request_timeout' });
    expect(await numberFrom(bus.read(ask(2, 1), patient))).toBe(7);
    expect(seen.accepted).toBe(2);
  });

  test('asks one at a time, in the order of asking', async () => {
    let isBusy = false;
    const { bus, seen } = await startLine(({ first, say }) => {
      expect(isBusy).toBe(false);
      isBusy = true;
      setTimeout(() => {
        isBusy = false;
        say(first);
      }, 2);
    });
    const firsts = [3, 1, 2, 5, 4];
    expect(await Promise.all(firsts.map((first) => numberFrom(bus.read(ask(1, first), patient))))).toEqual(firsts);
    expect(seen.asked).toEqual(firsts.map((first) => `1:${first}`));
  });
});
