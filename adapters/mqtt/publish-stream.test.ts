import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Published, PublishStream } from './publish-stream.ts';

const MAX_PAYLOAD = 1_000;

/** What a broker would send, and the stream that reads it. */
function opened(options: { protocol?: 4 | 5; isHeld?: () => boolean } = {}) {
  const written: Buffer[] = [];
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      done();
    },
  });
  const messages: Published[] = [];
  const passedOn: Buffer[] = [];
  let next = () => {};
  const stream = new PublishStream(socket, {
    protocol: options.protocol ?? 4,
    maxPayload: MAX_PAYLOAD,
    receive: (message, readOn) => {
      messages.push({ ...message, payload: message.payload && Buffer.from(message.payload) });
      if (options.isHeld?.()) next = readOn;
      else readOn();
    },
  });
  const errors: Error[] = [];
  stream.on('error', (error) => errors.push(error));
  stream.on('data', (chunk: Buffer) => passedOn.push(chunk));
  return { socket, stream, messages, passedOn, written, errors, readOn: () => next() };
}

function lengthBytes(length: number): number[] {
  return length < 128 ? [length] : [(length % 128) + 128, ...lengthBytes(Math.floor(length / 128))];
}

interface Sent {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly id: number;
}

/** MQTT 3.1.1 §3.3; with `properties` 5.0 §3.3. */
function publish({ topic, payload, qos, retain, id }: Sent, properties?: Buffer): Buffer {
  const name = Buffer.from(topic);
  const body = Buffer.concat([
    Buffer.from([name.length >> 8, name.length & 255]),
    name,
    ...(qos > 0 ? [Buffer.from([id >> 8, id & 255])] : []),
    ...(properties ? [Buffer.from(lengthBytes(properties.length)), properties] : []),
    payload,
  ]);
  return Buffer.concat([Buffer.from([0x30 | (qos << 1) | Number(retain), ...lengthBytes(body.length)]), body]);
}

const sent = fc.record({
  topic: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
  payload: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
  qos: fc.constantFrom(0, 1),
  retain: fc.boolean(),
  id: fc.integer({ min: 1, max: 65_535 }),
});
const PINGRESP = Buffer.from([0xd0, 0]);

describe('the stream between socket and library', () => {
  it('takes every message out and passes everything else on, however the bytes are cut', async () => {
    const item = fc.oneof(sent, fc.constant(null));
    const cuts = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 12 }),
        cuts,
        fc.constantFrom(4, 5),
        async (items, sizes, protocol) => {
          const { socket, messages, passedOn } = opened({ protocol });
          const properties = protocol === 5 ? Buffer.from([0x02, 0, 0, 0, 60]) : undefined;
          const bytes = Buffer.concat(items.map((each) => (each ? publish(each, properties) : PINGRESP)));
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length]!;
            socket.push(bytes.subarray(at, at + size));
            at += size;
          }
          await turn();
          await turn();
          expect(messages).toEqual(
            items
              .filter((each) => each !== null)
              .map(({ topic, payload, qos, retain, id }) => ({
                topic,
                payload: payload.length > MAX_PAYLOAD ? null : payload,
                bytes: payload.length,
                qos,
                retain,
                messageId: qos === 0 ? null : id,
              })),
          );
          expect(Buffer.concat(passedOn)).toEqual(
            Buffer.concat(items.map((each) => (each ? Buffer.alloc(0) : PINGRESP))),
          );
        },
      ),
    );
  });

  it('reads past a payload of any size without holding it', async () => {
    const { socket, messages } = opened();
    const size = 64 * 1024 * 1024;
    const head = publish({ topic: 'a/b', payload: Buffer.alloc(0), qos: 1, retain: false, id: 7 }).subarray(2);
    socket.push(Buffer.concat([Buffer.from([0x32, ...lengthBytes(head.length + size)]), head]));
    const before = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.alloc(64 * 1024);
    for (let left = size; left > 0; left -= chunk.length) {
      socket.push(chunk);
      if (left % (1024 * 1024) === 0) await turn();
    }
    socket.push(publish({ topic: 'next', payload: Buffer.from('1'), qos: 0, retain: false, id: 0 }));
    await turn();
    await turn();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    expect(messages).toMatchObject([
      { topic: 'a/b', payload: null, bytes: size, messageId: 7 },
      { topic: 'next', bytes: 1 },
    ]);
  });

  it('gives no message before the one before it is done with', async () => {
    let isHeld = true;
    const { socket, messages, readOn } = opened({ isHeld: () => isHeld });
    const one = (id: number) => publish({ topic: 't', payload: Buffer.from('1'), qos: 1, retain: false, id });
    socket.push(Buffer.concat([one(1), one(2)]));
    await turn();
    socket.push(one(3));
    await turn();
    expect(messages.map(({ messageId }) => messageId)).toEqual([1]);
    isHeld = false;
    readOn();
    await turn();
    expect(messages.map(({ messageId }) => messageId)).toEqual([1, 2, 3]);
  });

  it('acknowledges in order, between whole packets of the library', async () => {
    const { stream, written } = opened();
    stream.write(Buffer.from([0xc0, 0]));
    stream.acknowledge([1, 0x1234]);
    await turn();
    expect(Buffer.concat(written)).toEqual(Buffer.from([0xc0, 0, 0x40, 2, 0, 1, 0x40, 2, 0x12, 0x34]));
  });

  it('ends with an error when the broker sends what can be no packet', async () => {
    for (const bytes of [
      [0x30, 0xff, 0xff, 0xff, 0xff, 1], // a length of five bytes
      [0x32, 3, 0, 9, 0x61], // a topic longer than its packet
    ]) {
      const { socket, errors, stream } = opened();
      socket.push(Buffer.from(bytes));
      await turn();
      await turn();
      expect(errors).toHaveLength(1);
      expect(stream.destroyed).toBe(true);
    }
  });
});
