import { Duplex } from 'node:stream';
import type { Connection } from 'pg';
import { describe, expect, it } from 'vitest';
import { CopyOut } from './copy-out.ts';
import { SHORT_LIVED } from './copy-socket.ts';

const POSTGRES_EPOCH_MICROS = 946_684_800_000_000n;
const ROWS = Array.from({ length: 50 }, (_, i) => ({
  tagId: i + 1,
  atMicros: 1_750_000_000_000_000n + BigInt(i) * 1_001n,
  value: i % 7 === 0 ? null : i / 8,
  quality: i % 3,
}));

function message(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

function field(bytes: Buffer | null): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes?.length ?? -1);
  return bytes === null ? length : Buffer.concat([length, bytes]);
}

function rowOf({ tagId, atMicros, value, quality }: (typeof ROWS)[number]): Buffer {
  const [count, id, at, of, how] = [2, 4, 8, 8, 2].map((bytes) => Buffer.alloc(bytes)) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  count.writeInt16BE(4);
  id.writeInt32BE(tagId);
  at.writeBigInt64BE(atMicros - POSTGRES_EPOCH_MICROS);
  of.writeDoubleBE(value ?? 0);
  how.writeInt16BE(quality);
  return Buffer.concat([count, field(id), field(at), field(value === null ? null : of), field(how)]);
}

/** What a server answers to the statement (documentation of PostgreSQL, "Message Formats" and "COPY", binary format). */
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const COPIED = Buffer.concat([
  message('H', Buffer.from([1, 0, 4, 0, 1, 0, 1, 0, 1, 0, 1])),
  ...ROWS.map((row, i) => message('d', i === 0 ? Buffer.concat([HEADER, rowOf(row)]) : rowOf(row))),
  message('d', Buffer.from([0xff, 0xff])),
  message('c', Buffer.alloc(0)),
]);
const AFTER = message('Z', Buffer.from('I'));
const FAILED = message('E', Buffer.from('SFATAL\0C57P01\0Mgone\0\0', 'latin1'));

/** Hands an answer over in pieces of this many bytes, each in the same memory as the one before where they are short-lived. */
function copyInPieces(answer: Buffer, pieceBytes: number, event: 'data' | typeof SHORT_LIVED) {
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  let left = Buffer.alloc(0);
  stream.on('data', (bytes: Buffer) => {
    left = Buffer.concat([left, bytes]);
  });
  const rows: typeof ROWS = [];
  const copy = new CopyOut('copy …', ({ tagId, at, value, quality }) => {
    for (const [i, id] of tagId.entries()) {
      const atMicros = BigInt(Math.round(at[i]! * 1_000));
      rows.push({ tagId: id, atMicros, value: Number.isNaN(value[i]) ? null : value[i]!, quality: quality[i]! });
    }
  });
  copy.submit({ stream, query: () => undefined } as unknown as Connection); // all that it asks of a connection
  const shared = Buffer.alloc(pieceBytes);
  for (let from = 0; from < answer.length; from += pieceBytes) {
    const piece = answer.subarray(from, from + pieceBytes);
    const isTaken = stream.listenerCount(SHORT_LIVED) > 0;
    if (event === 'data' || !isTaken) stream.emit('data', piece);
    else stream.emit(SHORT_LIVED, shared.subarray(0, piece.copy(shared)));
    shared.fill(0xee);
  }
  return { rows, left, copy };
}

describe.each(['data', SHORT_LIVED] as const)('an answer in pieces (%s)', (event) => {
  it('is the same rows wherever it is cut, and what comes behind them is left to pg', () => {
    for (let pieceBytes = 1; pieceBytes <= 200; pieceBytes++) {
      const { rows, left } = copyInPieces(Buffer.concat([COPIED, AFTER]), pieceBytes, event);
      expect(rows).toEqual(ROWS);
      expect(left).toEqual(AFTER);
    }
  });

  it('that breaks off with an error leaves the error to pg, whole', () => {
    const begun = [message('d', Buffer.concat([HEADER, rowOf(ROWS[0]!)])), message('d', rowOf(ROWS[1]!))];
    for (let pieceBytes = 1; pieceBytes <= 200; pieceBytes++) {
      const { rows, left } = copyInPieces(Buffer.concat([...begun, FAILED]), pieceBytes, event);
      expect(rows).toEqual(ROWS.slice(0, 2));
      expect(left).toEqual(FAILED);
    }
  });
});
