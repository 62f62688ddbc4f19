import { Duplex } from 'node:stream';

/** A PUBLISH as it came, MQTT 3.1.1 §3.3 or 5.0 §3.3. */
export interface Published {
  readonly topic: string;
  /** Its bytes, which belong to the receiver only during the call; `null` when there are more than `maxPayload`. */
  readonly payload: Buffer | null;
  /** Length of the payload. */
  readonly bytes: number;
  readonly qos: number;
  /** Packet id; `null` with QoS 0. */
  readonly messageId: number | null;
  readonly retain: boolean;
}

/** Takes a message and calls `next` when it wants the one after it: at once, or later. */
export type Receive = (message: Published, next: () => void) => void;

/** What the stream needs to know of the session. */
export interface PublishStreamOptions {
  readonly protocol: 4 | 5;
  /** Largest payload that is kept, bytes; a larger one is read past without being held. */
  readonly maxPayload: number;
  readonly receive: Receive;
}

const PUBLISH = 3;
/** First byte and four bytes of length: MQTT 3.1.1 §2.2. */
const LONGEST_FIXED_HEADER = 5;
/** A topic of 64 KiB, a packet id, and properties that can't reasonably be longer. */
const LONGEST_PUBLISH_HEADER = 192 * 1024;

/**
 * Stands between the socket and the library, which sees everything but PUBLISH packets: those are read here, straight
 * from the bytes, as fast as they come and without waiting for one before the next. `acknowledge` answers them.
 */
export class PublishStream extends Duplex {
  readonly #socket: Duplex;
  readonly #options: PublishStreamOptions;
  readonly #socketClosed: Promise<void>;
  /** Read, but not yet a whole packet. */
  #parts: Buffer[] = [];
  #have = 0;
  #need = 2;
  /** Rest of a payload that is too large, and what is told of it when it has passed. */
  #skip: { left: number; readonly message: Published } | null = null;
  #isHeld = false;
  #isReading = false;
  readonly #next = () => {
    this.#isHeld = false;
    if (this.#isReading || this.destroyed) return;
    this.#socket.resume();
    this.#readPackets();
  };

  constructor(socket: Duplex, options: PublishStreamOptions) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk: Buffer) => {
      this.#parts.push(chunk);
      this.#have += chunk.length;
      if (this.#isHeld) this.#socket.pause();
      else if (this.#have >= this.#need || this.#skip) this.#readPackets();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
    this.#socketClosed = new Promise((resolve) => socket.once('close', resolve)); // its `closed` is true too early
  }

  /** Sends a PUBACK for each packet id, in one write. */
  acknowledge(messageIds: readonly number[]): void {
    const bytes = Buffer.allocUnsafe(messageIds.length * 4);
    for (const [i, id] of messageIds.entries()) {
      bytes.writeUInt16BE(0x4002, i * 4); // type 4, two bytes follow; in 5.0 that means success
      bytes.writeUInt16BE(id, i * 4 + 2);
    }
    this.write(bytes);
  }

  override _read(): void {
    // The library's packets are few and small: they are pushed as they come.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#parts = [];
    // Who waits for the end of the link waits for its socket.
    void this.#socketClosed.then(() => done(error));
    this.#socket.destroy();
  }

  #readPackets(): void {
    this.#isReading = true;
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    let offset = this.#skipTooLarge(bytes);
    this.#need = 2;
    while (!this.#isHeld && !this.#skip && !this.destroyed && offset < bytes.length) {
      const length = packetLength(bytes, offset);
      if (length === 'malformed') {
        this.destroy(new Error('the broker sent a packet of impossible length'));
        return;
      }
      const available = bytes.length - offset;
      const isPublish = bytes[offset]! >> 4 === PUBLISH;
      if (length === null) {
        this.#need = available + 1;
        break;
      }
      if (isPublish && length > this.#options.maxPayload + LONGEST_PUBLISH_HEADER) {
        this.#need = Math.min(length, LONGEST_PUBLISH_HEADER);
        if (available < this.#need) break;
        offset = this.#beginSkip(bytes, offset, length);
        continue;
      }
      if (available < length) {
        this.#need = length;
        break;
      }
      if (isPublish) this.#publish(readPublish(bytes, offset, length, this.#options));
      else this.push(bytes.subarray(offset, offset + length));
      offset += length;
    }
    this.#parts = offset < bytes.length && !this.destroyed ? [bytes.subarray(offset)] : [];
    this.#have = bytes.length - offset;
    this.#isReading = false;
    if (this.#isHeld) this.#socket.pause();
  }

  #publish(message: Published | null): void {
    if (message === null) {
      this.destroy(new Error('the broker sent a PUBLISH that ends in the middle'));
      return;
    }
    this.#isHeld = true;
    this.#options.receive(message, this.#next);
  }

  #beginSkip(bytes: Buffer, offset: number, length: number): number {
    const message = readPublish(bytes, offset, length, this.#options);
    if (message) this.#skip = { left: length - (bytes.length - offset), message };
    else this.#publish(null);
    if (this.#skip && this.#skip.left <= 0) return this.#endSkip(bytes.length + this.#skip.left);
    return bytes.length;
  }

  /** Reads past what is left of a payload that is too large; returns where the next packet begins. */
  #skipTooLarge(bytes: Buffer): number {
    if (!this.#skip) return 0;
    if (bytes.length < this.#skip.left) {
      this.#skip.left -= bytes.length;
      return bytes.length;
    }
    return this.#endSkip(this.#skip.left);
  }

  #endSkip(offset: number): number {
    const { message } = this.#skip!; // called while there is one
    this.#skip = null;
    this.#publish(message);
    return offset;
  }
}

/** Length of the whole packet at `offset`; `null` when its length has not arrived. MQTT 3.1.1 §2.2.3. */
function packetLength(bytes: Buffer, offset: number): number | null | 'malformed' {
  let length = 0;
  for (let i = 1; i < LONGEST_FIXED_HEADER; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) return null;
    length += (byte & 0x7f) * 128 ** (i - 1);
    if (byte < 0x80) return length + i + 1;
  }
  return 'malformed';
}

/** The PUBLISH at `offset`, `null` when its parts do not fit into its `length`. */
function readPublish(
  bytes: Buffer,
  offset: number,
  length: number,
  { protocol, maxPayload }: PublishStreamOptions,
): Published | null {
  const end = offset + length;
  const flags = bytes[offset]!;
  const qos = (flags >> 1) & 3;
  let at = offset + 1;
  while (bytes[at]! >= 0x80) at++;
  at += 1;
  if (at + 2 > end) return null;
  const topicEnd = at + 2 + bytes.readUInt16BE(at);
  const idEnd = topicEnd + (qos > 0 ? 2 : 0);
  if (idEnd > end || idEnd > bytes.length) return null;
  const topic = bytes.toString('utf8', at + 2, topicEnd);
  const messageId = qos > 0 ? bytes.readUInt16BE(topicEnd) : null;
  const start = protocol === 5 ? propertiesEnd(bytes, idEnd, end) : idEnd;
  if (start === null || start > bytes.length) return null;
  const payloadBytes = end - start;
  const payload = payloadBytes > maxPayload ? null : bytes.subarray(start, end);
  return { topic, payload, bytes: payloadBytes, qos, messageId, retain: (flags & 1) === 1 };
}

/** Where the properties that begin at `offset` end: nothing in them changes a reading. MQTT 5.0 §2.2.2. */
function propertiesEnd(bytes: Buffer, offset: number, end: number): number | null {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) return null;
    length += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return offset + i + 1 + length <= end ? offset + i + 1 + length : null;
  }
  return null;
}
