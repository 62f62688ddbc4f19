import { createServer, type Socket } from 'node:net';
import { openLoopback } from '../devices/loopback.ts';
import { type FaultPlan, planFaults } from './fault-plan.ts';
import type { PeerKind } from './peer.ts';
import { restarting } from './restarting-port.ts';

const UNITS = 10;
const ADDRESSES = 10_000;
/** Longer than the adapter's own deadline of one second, so that the answer comes when nobody waits for it any more. */
const DELAY_MS = 1_500;
const MBAP_BYTES = 7;
const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;
const DEVICE_FAILURE = 4;

/** One request as it came, and the right answer to it. */
interface Exchange {
  readonly transaction: number;
  readonly unit: number;
  readonly pdu: Buffer;
}

/**
 * What a register holds, for ever: holding `r` of unit `u` is `(1000 u + r) mod 65536`, an input register 65535 minus
 * that. A value that belongs to another register or unit is therefore always another value.
 */
export function registerValue(table: 'holding' | 'input', unit: number, register: number): number {
  const value = (1_000 * unit + register) % 65_536;
  return table === 'holding' ? value : 65_535 - value;
}

/** What a bit holds: coil `c` of unit `u` is set when `u + c` is odd, a discrete input when it is even. */
export function bitValue(table: 'coil' | 'discrete', unit: number, address: number): boolean {
  return ((unit + address) % 2 === 1) === (table === 'coil');
}

/** A Modbus TCP device with ten units. An occasion for a fault is a request. */
export const modbusPeer: PeerKind = {
  faults: {
    delay: 'the answer comes after 1.5 s',
    exception: 'exception 04 instead of the values',
    'half-open': 'the connection stays open and is silent from then on',
    rst: 'the connection is reset',
    garbage: 'random bytes instead of an answer',
    previous: 'the answer to the previous request of this connection, once more',
    foreign: 'the answer of another unit',
    misnumbered: 'the right answer under the next transaction number',
    short: 'one register, or eight bits, less than asked',
    cut: 'the first half of the answer, then the connection ends',
    restart: 'the device is gone for 2 s',
  },

  async start(options) {
    const plan = planFaults(options);
    const server = createServer({ noDelay: true }, (socket) => serve(socket, plan, () => device.restart()));
    const link = await openLoopback(server, options.port);
    const device = restarting(link);
    return {
      port: link.port,
      serves:
        `Modbus TCP, units 1 to ${UNITS}, addresses 0 to ${ADDRESSES - 1}: holding register r of unit u holds (1000 u + r) mod 65536, ` +
        'an input register 65535 minus that; coil c is set when u + c is odd, a discrete input when it is even',
      stop: device.stop,
    };
  },
};

function serve(socket: Socket, plan: FaultPlan, restart: () => void): void {
  let received = Buffer.alloc(0);
  let previous: Buffer | null = null;
  let isSilent = false;
  const timers = new Set<NodeJS.Timeout>();
  socket.on('close', () => {
    for (const timer of timers) clearTimeout(timer);
  });
  const send = (frame: Buffer) => {
    if (!socket.destroyed) socket.write(frame);
  };
  const misbehave = (fault: string | null, exchange: Exchange): void => {
    const { transaction, unit, pdu } = exchange;
    const answer = frameOf(transaction, unit, answerTo(unit, pdu));
    const last = previous;
    previous = answer;
    switch (fault) {
      case 'delay': {
        const timer = setTimeout(() => send(answer), DELAY_MS);
        timers.add(timer);
        return;
      }
      case 'exception':
        send(frameOf(transaction, unit, exceptionTo(pdu, DEVICE_FAILURE)));
        return;
      case 'half-open':
        isSilent = true;
        return;
      case 'rst':
        socket.resetAndDestroy();
        return;
      case 'garbage':
        send(Buffer.from(Array.from(answer, () => Math.floor(256 * plan.random.next()))));
        return;
      case 'previous':
        send(last ?? frameOf((transaction + 65_535) % 65_536, unit, answerTo(unit, pdu)));
        return;
      case 'foreign':
        send(frameOf(transaction, (unit % UNITS) + 1, answerTo((unit % UNITS) + 1, pdu)));
        return;
      case 'misnumbered':
        send(frameOf((transaction + 1) % 65_536, unit, answerTo(unit, pdu)));
        return;
      case 'short':
        send(frameOf(transaction, unit, shorten(answerTo(unit, pdu))));
        return;
      case 'cut':
        socket.end(answer.subarray(0, Math.ceil(answer.length / 2)));
        return;
      case 'restart':
        restart();
        return;
      default:
        send(answer);
        return;
    }
  };
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= MBAP_BYTES + 1 && received.length >= 6 + received.readUInt16BE(4)) {
      const end = 6 + received.readUInt16BE(4);
      const exchange = {
        transaction: received.readUInt16BE(0),
        unit: received.readUInt8(6),
        pdu: received.subarray(7, end),
      };
      received = received.subarray(end);
      if (exchange.unit < 1 || exchange.unit > UNITS || exchange.pdu.length < 5) continue; // nobody of that number is there
      if (isSilent) continue;
      const [fn, from] = [exchange.pdu.readUInt8(0), exchange.pdu.readUInt16BE(1)];
      misbehave(plan.draw(`unit ${exchange.unit}, function ${fn}, address ${from}`), exchange);
    }
  });
}

/** The right answer to a request, as a PDU. */
function answerTo(unit: number, pdu: Buffer): Buffer {
  const [fn, from, count] = [pdu.readUInt8(0), pdu.readUInt16BE(1), pdu.readUInt16BE(3)];
  const table = ({ 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' } as const)[fn];
  if (table === undefined) return exceptionTo(pdu, ILLEGAL_FUNCTION);
  const most = table === 'coil' || table === 'discrete' ? 2_000 : 125;
  if (count < 1 || count > most || from + count > ADDRESSES) return exceptionTo(pdu, ILLEGAL_ADDRESS);
  const isBits = table === 'coil' || table === 'discrete';
  const data = Buffer.alloc(isBits ? Math.ceil(count / 8) : 2 * count);
  for (let i = 0; i < count; i++) {
    if (!isBits) data.writeUInt16BE(registerValue(table, unit, from + i), 2 * i);
    else if (bitValue(table, unit, from + i)) data[i >> 3] = (data[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return Buffer.concat([Buffer.from([fn, data.length]), data]);
}

function exceptionTo(pdu: Buffer, code: number): Buffer {
  return Buffer.from([pdu.readUInt8(0) | 0x80, code]);
}

/** A well-formed answer with less data than was asked for. An exception stays as it is. */
function shorten(answer: Buffer): Buffer {
  const less = answer.readUInt8(0) <= 2 ? 1 : 2;
  if (answer.length < 2 + less) return answer;
  const short = Buffer.from(answer.subarray(0, answer.length - less));
  short.writeUInt8(short.length - 2, 1);
  return short;
}

function frameOf(transaction: number, unit: number, pdu: Buffer): Buffer {
  const head = Buffer.alloc(MBAP_BYTES);
  head.writeUInt16BE(transaction, 0);
  head.writeUInt16BE(pdu.length + 1, 4);
  head.writeUInt8(unit, 6);
  return Buffer.concat([head, pdu]);
}
