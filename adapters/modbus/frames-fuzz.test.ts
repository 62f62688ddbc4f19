import { describe, expect, test } from 'vitest';
import { type Asked, crc16, framings, lrc } from './frames.ts';

const FRAMES = 100_000;
/** One frame in so many is the answer. */
const VALID_EVERY = 100;

/** Numbers in [0, 1) from a seed (mulberry32, T. Ettinger, public domain). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe.each(Object.keys(framings) as (keyof typeof framings)[])('%s', (name) => {
  const framing = framings[name];

  test('of 100,000 frames, most of them garbage, the answers are taken and nothing else', () => {
    const random = seeded(4);
    const below = (n: number) => Math.floor(random() * n);
    const seen = { valid: 0, taken: 0, wrong: [] as string[] };
    for (let i = 0; i < FRAMES; i++) {
      const asked: Asked = {
        unitId: 1 + below(3),
        table: below(2) === 0 ? 'holding' : 'coil',
        first: below(100),
        count: 1 + below(20),
        transaction: below(4),
        late: new Set([below(4) + 4]),
      };
      const data = Buffer.from(Array.from({ length: dataBytes(asked) }, () => below(256)));
      const valid = pack(name, asked, data);
      const isValid = i % VALID_EVERY === 0;
      const bytes = isValid ? valid : spoil(valid, below);
      const heard = framing.read(bytes, asked);
      const isTaken = heard.kind === 'answer' && heard.answer.kind === 'bytes';
      if (isValid) seen.valid++;
      if (isTaken && heard.answer.kind === 'bytes' && heard.answer.bytes.equals(data)) seen.taken++;
      // What was spoilt may have been spoilt into itself, or have a checksum that fits by chance; but never another length.
      else if (isTaken && heard.answer.kind === 'bytes' && heard.answer.bytes.length !== data.length)
        seen.wrong.push(bytes.toString('hex'));
      if (isValid && !isTaken) seen.wrong.push(`not taken: ${bytes.toString('hex')}`);
    }
    expect(seen.wrong).toEqual([]);
    expect(seen.valid).toBe(FRAMES / VALID_EVERY);
    expect(seen.taken).toBeGreaterThanOrEqual(seen.valid);
  });
});

/** Noise, or the answer with bytes changed, cut off, put in front or behind. */
function spoil(valid: Buffer, below: (n: number) => number): Buffer {
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));
  switch (below(5)) {
    case 0:
      return noise(below(300));
    case 1:
      return valid.subarray(0, below(valid.length));
    case 2:
      return Buffer.concat([valid, noise(1 + below(20))]);
    case 3:
      return Buffer.concat([noise(1 + below(20)), valid]);
    default: {
      const changed = Buffer.from(valid);
      changed[below(changed.length)]! ^= 1 + below(255);
      return changed;
    }
  }
}

function pack(name: keyof typeof framings, asked: Asked, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from([asked.unitId, asked.table === 'coil' ? 1 : 3, data.length]), data]);
  switch (name) {
    case 'mbap': {
      const head = Buffer.alloc(6);
      head.writeUInt16BE(asked.transaction, 0);
      head.writeUInt16BE(body.length, 4);
      return Buffer.concat([head, body]);
    }
    case 'rtu': {
      const crc = Buffer.alloc(2);
      crc.writeUInt16LE(crc16(body));
      return Buffer.concat([body, crc]);
    }
    case 'ascii':
      return Buffer.from(`:${Buffer.concat([body, Buffer.from([lrc(body)])]).toString('hex')}\r\n`);
  }
}

function dataBytes({ table, count }: Asked): number {
  return table === 'coil' ? Math.ceil(count / 8) : 2 * count;
}
