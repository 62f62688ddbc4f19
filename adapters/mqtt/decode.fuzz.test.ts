import { encode as encodeMessagePack } from '@msgpack/msgpack';
import { encode as encodeCbor } from 'cborg';
import { describe, expect, it } from 'vitest';
import type { DiscardReason } from '../adapter.ts';
import { decode } from './decode.ts';
import { compileRoutes } from './routes.ts';
import type { MqttPattern, PayloadFormat } from './settings.ts';

const T = 1_767_225_600_000;
const PAYLOADS = 100_000;
const VALID_EVERY = 100;

/** Numbers that look drawn and are the same in every run (mulberry32). */
function drawn(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const encoders: Readonly<Record<PayloadFormat, (n: number) => Buffer>> = {
  json: (n) => Buffer.from(JSON.stringify({ value: n, ts: T + n, more: { list: [1, 'two', null, true] } })),
  cbor: (n) => Buffer.from(encodeCbor({ value: n, ts: T + n, more: { list: [1, 'two', null, true] } })),
  msgpack: (n) => Buffer.from(encodeMessagePack({ value: n, ts: T + n, more: { list: [1, 'two', null, true] } })),
  text: (n) => Buffer.from(String(n)),
};

/** A valid payload that was damaged, cut, doubled, or bytes of no meaning. */
function garbage(valid: Buffer, random: () => number): Buffer {
  const place = () => Math.floor(random() * valid.length);
  const kind = random();
  if (kind < 0.2) return Buffer.from(Array.from({ length: Math.floor(random() * 64) }, () => random() * 256));
  if (kind < 0.35) return valid.subarray(0, place());
  if (kind < 0.45) return Buffer.concat([valid, valid.subarray(place())]);
  if (kind < 0.5) return Buffer.concat([Buffer.alloc(1 + random() * 5_000, valid[place()]), valid]);
  const damaged = Buffer.from(valid);
  for (let hits = 1 + random() * 4; hits > 0; hits--) damaged[place()] = random() * 256;
  return damaged;
}

describe.each(Object.keys(encoders) as PayloadFormat[])('%s payloads', (format) => {
  it(`that are garbage, ${PAYLOADS} of them, never crash and never hide a valid one`, () => {
    const random = drawn(42);
    const places: Partial<MqttPattern> = format === 'text' ? {} : { value: '$.value', time: '$.ts' };
    const table = compileRoutes([{ topic: 'plant/+asset/+tag', value: '$', format, ...places }], []);
    const reasons = new Map<DiscardReason, number>();
    const stored: (number | null)[] = [];
    let unaccounted = 0;
    for (let n = 0; n < PAYLOADS; n++) {
      const isValid = n % VALID_EVERY === 0;
      const valid = encoders[format](n);
      const payload = isValid ? valid : garbage(valid, random);
      const message = { topic: `plant/m/${isValid ? 'valid' : 'garbage'}`, payload, isRetained: false };
      const { readings, discarded } = decode(message, { table, arrival: () => T });
      if (readings.length + discarded.length !== 1) unaccounted++;
      for (const reason of discarded) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      for (const { tag, value, at } of readings) {
        if (!Number.isFinite(at) || (value !== null && !Number.isFinite(value))) unaccounted++;
        if (tag === 'm.valid') stored.push(value);
      }
    }
    expect(stored).toEqual(Array.from({ length: PAYLOADS / VALID_EVERY }, (_, n) => n * VALID_EVERY));
    expect(unaccounted).toBe(0);
    expect(reasons.size).toBeGreaterThan(0);
    expect(Object.hasOwn(Object.prototype, 'value')).toBe(false);
  }, 60_000);
});
