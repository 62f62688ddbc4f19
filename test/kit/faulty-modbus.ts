import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { crc16 } from '../../adapters/modbus/frames.ts';

/** Registers of every unit: a number that no other answer has, and one made of it and of the unit; 32 bits each. */
export const FAULTY_REGISTERS = 4;
const WORD = 0x1_0000;

/** What a device does instead of answering as it should. */
const FAULTS = ['late', 'short', 'long', 'foreign', 'misnumbered', 'previous', 'twice', 'garbage', 'half'] as const;

/** A device that answers wrongly every so often, and knows what it held when it answered rightly. */
export interface FaultyModbus extends AsyncDisposable {
  readonly port: number;
  /** Questions so far, and how many of them were not answered as they should. */
  readonly asked: () => number;
  readonly spoilt: () => number;
  /** The unit that was rightly told this number, `undefined` when nobody was. */
  readonly unitTold: (serial: number) => number | undefined;
  /** The unit that held this number when it was asked, however it was told. */
  readonly unitHeld: (serial: number) => number | undefined;
}

/** The second number of an answer. */
export function checkOf(serial: number, unitId: number): number {
  return (serial * 7 + unitId * 1_000_003) % (WORD * WORD);
}

/**
 * Starts it on a free port. `faulty`: the part of answers that are spoilt; `lateMs`: when a late one comes. As RTU the
 * same frames travel with a checksum instead of a head, as through a serial device server.
 */
export async function startFaultyModbus(options: {
  readonly framing: 'tcp' | 'rtu';
  readonly random: () => number;
  readonly faulty: number;
  readonly lateMs: number;
  /** What a faulty device makes of a right answer; without it, all the things that devices do. */
  readonly garble?: (answer: Buffer) => Buffer;
}): Promise<FaultyModbus> {
  const { framing, random, faulty, lateMs, garble } = options;
  const sockets = new Set<Socket>();
  const told = new Map<number, number>();
  const held = new Map<number, number>();
  const count = { asked: 0, spoilt: 0 };
  const questionBytes = framing === 'tcp' ? 12 : 8;

  const answer = (socket: Socket, question: Buffer, previous: Buffer | null): Buffer => {
    const serial = ++count.asked;
    const unitId = question.readUInt8(framing === 'tcp' ? 6 : 0);
    held.set(serial, unitId);
    const transaction = framing === 'tcp' ? question.readUInt16BE(0) : 0;
    const data = Buffer.alloc(2 * FAULTY_REGISTERS);
    data.writeUInt32BE(serial, 0);
    data.writeUInt32BE(checkOf(serial, unitId), 4);
    const packed = (more: { unitId?: number; transaction?: number; data?: Buffer } = {}) =>
      pack(framing, { unitId, transaction, data, ...more });
    const send = (bytes: Buffer) => {
      if (!socket.destroyed) socket.write(bytes);
    };
    if (random() >= faulty) {
      told.set(serial, unitId);
      send(packed());
      return packed();
    }
    count.spoilt++;
    if (garble !== undefined) {
      send(garble(packed()));
      return packed();
    }
    switch (FAULTS[Math.floor(random() * FAULTS.length)]!) {
      case 'late':
        setTimeout(() => send(packed()), lateMs);
        break;
      case 'short':
        send(packed({ data: data.subarray(0, -2) }));
        break;
      case 'long':
        send(packed({ data: Buffer.concat([data, Buffer.alloc(2)]) }));
        break;
      case 'foreign':
        send(packed({ unitId: unitId + 1 }));
        break;
      case 'misnumbered':
        // Without a number there is nothing to get wrong but the checksum.
        send(
          framing === 'tcp'
            ? packed({ transaction: (transaction + 1) % WORD })
            : Buffer.concat([packed().subarray(0, -1), Buffer.from([0])]),
        );
        break;
      case 'previous':
        // Of the same unit it could not be told from the right one on a line; devices that do so are broken, not late.
        send(previous !== null && (framing === 'tcp' || previous[0] !== unitId) ? previous : Buffer.alloc(3));
        break;
      case 'twice':
        send(Buffer.concat([packed(), packed()]));
        break;
      case 'garbage':
        send(Buffer.from(Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.floor(random() * 256))));
        break;
      case 'half':
        send(packed().subarray(0, 6));
        break;
    }
    return packed();
  };

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let rest = Buffer.alloc(0);
    let previous: Buffer | null = null;
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= questionBytes) {
        previous = answer(socket, rest.subarray(0, questionBytes), previous);
        rest = rest.subarray(questionBytes);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on TCP, so it is no pipe name
  return {
    port,
    asked: () => count.asked,
    spoilt: () => count.spoilt,
    unitTold: (serial) => told.get(serial),
    unitHeld: (serial) => held.get(serial),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pack(
  framing: 'tcp' | 'rtu',
  { unitId, transaction, data }: { readonly unitId: number; readonly transaction: number; readonly data: Buffer },
): Buffer {
  const body = Buffer.concat([Buffer.from([unitId, 3, data.length]), data]);
  const edge = Buffer.alloc(framing === 'tcp' ? 6 : 2);
  if (framing === 'rtu') {
    edge.writeUInt16LE(crc16(body));
    return Buffer.concat([body, edge]);
  }
  edge.writeUInt16BE(transaction, 0);
  edge.writeUInt16BE(body.length, 4);
  return Buffer.concat([edge, body]);
}
