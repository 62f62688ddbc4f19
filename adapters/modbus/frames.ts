import type { Answer } from './decode.ts';
import { isBit } from './registers.ts';
import type { Request } from './requests.ts';

/** One question on the wire. */
export interface Asked extends Pick<Request, 'unitId' | 'table' | 'first' | 'count'> {
  /** Numbers this question; only MBAP carries it. */
  readonly transaction: number;
  /** Questions that were given up and may still be answered; only MBAP can tell. */
  readonly late: ReadonlySet<number>;
}

/**
 * What the bytes since a question amount to: the answer, nothing yet, or something that must not be there. `garbled`:
 * a damaged frame. `foreign`: a sound frame that answers something else.
 */
export type Heard =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'nothing yet' }
  | { readonly kind: 'garbled' | 'foreign'; readonly reason: string };

/** How questions and answers are packed. Pure: `read` gets all bytes since the question, whenever more arrive. */
export interface Framing {
  write(asked: Asked): Buffer;
  read(bytes: Buffer, asked: Asked): Heard;
  /** Bytes of the answer that was asked for. */
  answerBytes(asked: Asked): number;
}

const NOTHING_YET: Heard = { kind: 'nothing yet' };
const EXCEPTION_BIT = 0x80;
/** Transaction, protocol, length and unit: the head of a Modbus TCP frame. */
const MBAP_BYTES = 7;
/** Function and exception code at least; 253 bytes of PDU at most, plus the unit. */
const [MIN_MBAP_LENGTH, MAX_MBAP_LENGTH] = [3, 254];
const CRC_BYTES = 2;
const EXCEPTION_FRAME_BYTES = 5;

/** Modbus TCP: numbered frames, so that a late answer is known for one. */
const mbap: Framing = {
  write: (asked) => {
    const pdu = questionOf(asked);
    const frame = Buffer.alloc(MBAP_BYTES + pdu.length);
    frame.writeUInt16BE(asked.transaction, 0);
    frame.writeUInt16BE(1 + pdu.length, 4);
    frame.writeUInt8(asked.unitId, 6);
    pdu.copy(frame, MBAP_BYTES);
    return frame;
  },
  read: (bytes, asked) => {
    let rest = bytes;
    while (rest.length >= MBAP_BYTES) {
      const transaction = rest.readUInt16BE(0);
      const protocol = rest.readUInt16BE(2);
      const length = rest.readUInt16BE(4);
      const unitId = rest.readUInt8(6);
      if (protocol !== 0) return garbled(`protocol id ${protocol} instead of 0`);
      if (length < MIN_MBAP_LENGTH || length > MAX_MBAP_LENGTH) return garbled(`a frame of ${length} bytes`);
      const isLate = asked.late.has(transaction);
      if (transaction !== asked.transaction && !isLate)
        return foreign(`transaction ${transaction} instead of ${asked.transaction}`);
      if (!isLate && unitId !== asked.unitId) return foreign(`unit ${unitId} instead of ${asked.unitId}`);
      const end = MBAP_BYTES - 1 + length;
      if (rest.length < end) return NOTHING_YET;
      if (!isLate) return only(rest, end, answerIn(rest.subarray(MBAP_BYTES, end), asked));
      rest = rest.subarray(end);
    }
    return NOTHING_YET;
  },
  answerBytes: (asked) => MBAP_BYTES + 2 + dataBytes(asked),
};

/** Modbus RTU: unit, PDU, CRC. Nothing but their order tells whose answer a frame is. */
const rtu: Framing = {
  write: (asked) => {
    const frame = Buffer.concat([Buffer.from([asked.unitId]), questionOf(asked), Buffer.alloc(CRC_BYTES)]);
    frame.writeUInt16LE(crc16(frame.subarray(0, -CRC_BYTES)), frame.length - CRC_BYTES);
    return frame;
  },
  read: (bytes, asked) => {
    let rest = withoutEcho(bytes, rtu.write(asked));
    if (rest === null) return NOTHING_YET;
    while (rest.length >= EXCEPTION_FRAME_BYTES) {
      const isException = (rest.readUInt8(1) & EXCEPTION_BIT) !== 0;
      const end = isException ? EXCEPTION_FRAME_BYTES : EXCEPTION_FRAME_BYTES + rest.readUInt8(2);
      if (rest.length < end) return NOTHING_YET;
      if (crc16(rest.subarray(0, end - CRC_BYTES)) !== rest.readUInt16LE(end - CRC_BYTES))
        return garbled('a frame whose checksum is wrong');
      if (rest.readUInt8(0) === asked.unitId)
        return only(rest, end, answerIn(rest.subarray(1, end - CRC_BYTES), asked));
      // Another unit, late: the one that was asked may still be about to answer.
      rest = rest.subarray(end);
    }
    return NOTHING_YET;
  },
  answerBytes: (asked) => EXCEPTION_FRAME_BYTES + dataBytes(asked),
};

/** Modbus ASCII: `:`, unit, PDU and LRC in hex, CR LF. */
const ascii: Framing = {
  write: (asked) => {
    const body = Buffer.concat([Buffer.from([asked.unitId]), questionOf(asked)]);
    return Buffer.from(
      `:${Buffer.concat([body, Buffer.from([lrc(body)])])
        .toString('hex')
        .toUpperCase()}\r\n`,
      'latin1',
    );
  },
  read: (bytes, asked) => {
    const echo = ascii.write(asked).toString('latin1').trimEnd();
    const lines = bytes.toString('latin1').split('\r\n');
    const rest = lines.pop();
    for (const [i, line] of lines.entries()) {
      const frame = line.slice(Math.max(0, line.lastIndexOf(':')));
      if (frame === echo) continue;
      if (!/^:(?:[0-9A-Fa-f]{2}){4,}$/.test(frame)) return garbled('a line that is no frame');
      const body = Buffer.from(frame.slice(1), 'hex');
      if (lrc(body.subarray(0, -1)) !== body.at(-1)) return garbled('a frame whose checksum is wrong');
      if (body.readUInt8(0) !== asked.unitId) continue;
      const heard = answerIn(body.subarray(1, -1), asked);
      const isLast = i === lines.length - 1 && rest === '';
      return isLast || heard.kind !== 'answer' ? heard : foreign('more than one answer');
    }
    return NOTHING_YET;
  },
  answerBytes: (asked) => 2 * (EXCEPTION_FRAME_BYTES + dataBytes(asked)) + 1,
};

/** The ways of packing that there are. */
export const framings = { mbap, rtu, ascii } as const;

/** Function, first register and count: the question itself, the same in every framing. */
function questionOf({ table, first, count }: Asked): Buffer {
  const pdu = Buffer.alloc(5);
  pdu.writeUInt8(functionOf(table), 0);
  pdu.writeUInt16BE(first, 1);
  pdu.writeUInt16BE(count, 3);
  return pdu;
}

/** Reads function, byte count and data; whatever does not fit the question is no answer to it. */
function answerIn(pdu: Buffer, asked: Asked): Heard {
  const asksFor = functionOf(asked.table);
  const got = pdu.readUInt8(0);
  if (got === (asksFor | EXCEPTION_BIT) && pdu.length === 2)
    return { kind: 'answer', answer: { kind: 'exception', code: pdu.readUInt8(1) } };
  if (got !== asksFor) return foreign(`function ${got} instead of ${asksFor}`);
  const expected = dataBytes(asked);
  const counted = pdu.readUInt8(1);
  const sent = pdu.length - 2;
  if (sent !== expected || counted !== expected)
    return foreign(`${sent} bytes of data, counted as ${counted}, instead of ${expected}`);
  return { kind: 'answer', answer: { kind: 'bytes', bytes: pdu.subarray(2) } };
}

/** An answer with something behind it is none: one question has one answer. */
function only(bytes: Buffer, end: number, heard: Heard): Heard {
  return bytes.length === end || heard.kind !== 'answer' ? heard : foreign('more than one answer');
}

/** Some two-wire adapters hear what they say: `null` while they still hear it. No answer that fits begins like its question. */
function withoutEcho(bytes: Buffer, sent: Buffer): Buffer | null {
  const heard = Math.min(bytes.length, sent.length);
  if (!bytes.subarray(0, heard).equals(sent.subarray(0, heard))) return bytes;
  return heard < sent.length ? null : bytes.subarray(sent.length);
}

function dataBytes(asked: Asked): number {
  return isBit(asked) ? Math.ceil(asked.count / 8) : asked.count * 2;
}

function functionOf(table: Request['table']): number {
  switch (table) {
    case 'coil':
      return 1;
    case 'discrete':
      return 2;
    case 'holding':
      return 3;
    case 'input':
      return 4;
  }
}

function garbled(reason: string): Heard {
  return { kind: 'garbled', reason };
}

function foreign(reason: string): Heard {
  return { kind: 'foreign', reason };
}

/** CRC-16/MODBUS: polynomial 0x8005 reflected, from 0xffff. Source: MODBUS over Serial Line V1.02, §6.2.2. */
export function crc16(bytes: Buffer): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

/** The sum of all bytes and this is 0 modulo 256. Source: the same, §6.2.1. */
export function lrc(bytes: Buffer): number {
  return -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
}
