import type { Socket } from 'node:net';
import type { Connection } from 'pg';
import { SHORT_LIVED } from './copy-socket.ts';
import { CopyDecoder, type DecodedRows } from './decode-copy.ts';

// Message types of the server (documentation of PostgreSQL, "Message Formats").
const ERROR_RESPONSE = 0x45;
const COPY_DATA = 0x64;
const COPY_DONE = 0x63;

/**
 * One `copy … to stdout (format binary)` of readings, for `client.query`. It reads the connection's bytes itself: pg and
 * pg-copy-streams make an object or a copy for each row.
 * Nothing is taken off the connection before `read` is called; the server works ahead until its buffers are full.
 */
export class CopyOut {
  readonly #text: string;
  readonly #onRows: (rows: DecodedRows) => void;
  readonly #decoder = new CopyDecoder();
  readonly #ended: Promise<void>;
  #end: (error?: unknown) => void = () => undefined;
  #stream: Socket | null = null;
  #parse: ((bytes: Buffer) => void) | null = null;
  /** Begins with what is left of a message, and is filled up by what comes next. */
  #joined: Buffer = Buffer.alloc(0);
  #restBytes = 0;
  #rows = 0;
  #isWanted = false;

  /** `onRows` may not keep its rows: the next ones take their place. */
  constructor(text: string, onRows: (rows: DecodedRows) => void) {
    this.#text = text;
    this.#onRows = onRows;
    this.#ended = new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.#ended.catch(() => undefined); // a statement that was begun ahead may never be read
  }

  /** Hands all rows over and resolves with their number; rejects when the statement fails or the connection ends. */
  async read(): Promise<number> {
    this.#isWanted = true;
    if (this.#parse !== null) this.#stream?.resume();
    await this.#ended;
    return this.#rows;
  }

  /** Called by pg when the connection is free. */
  submit(connection: Connection): void {
    const { stream } = connection as unknown as { stream: Socket }; // not typed by node-postgres
    this.#stream = stream;
    const [parse] = stream.listeners('data') as ((bytes: Buffer) => void)[]; // its protocol parser, the only one
    this.#parse = parse!;
    stream.removeListener('data', parse!);
    stream.on('data', this.#take);
    stream.on(SHORT_LIVED, this.#take);
    if (!this.#isWanted) stream.pause();
    connection.query(this.#text);
  }

  /** Called by pg. */
  handleError(error: unknown): void {
    this.#giveBack(Buffer.alloc(0));
    this.#end(error);
  }

  /** Called by pg. */
  handleCommandComplete(): void {}

  /** Called by pg. */
  handleReadyForQuery(): void {
    this.#end();
  }

  #take = (chunk: Buffer): void => {
    const bytes = this.#join(chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#decoder.reserve(bytes.length);
    let o = 0;
    let isDone = false;
    while (!isDone && o + 5 <= bytes.length) {
      const type = bytes[o]!;
      const end = o + 1 + view.getInt32(o + 1);
      if (type === ERROR_RESPONSE) break;
      if (end > bytes.length) break;
      if (type === COPY_DATA) this.#decoder.add(view, o + 5, end);
      isDone = type === COPY_DONE;
      o = end;
    }
    isDone ||= bytes[o] === ERROR_RESPONSE;
    this.#keep(isDone ? Buffer.alloc(0) : bytes.subarray(o));
    const rows = this.#decoder.take();
    this.#rows += rows.at.length;
    try {
      if (rows.at.length > 0) this.#onRows(rows);
    } catch (error) {
      this.#end(error); // thrown from here it would end the process
      this.#stream?.destroy();
      return;
    }
    if (isDone) this.#giveBack(Buffer.from(bytes.subarray(o)));
  };

  /** The next bytes with what was left before them. */
  #join(chunk: Buffer): Buffer {
    if (this.#restBytes === 0) return chunk;
    const length = this.#restBytes + chunk.length;
    if (this.#joined.length < length)
      this.#joined = Buffer.concat([this.#joined.subarray(0, this.#restBytes)], 2 * length);
    chunk.copy(this.#joined, this.#restBytes);
    return this.#joined.subarray(0, length);
  }

  #keep(rest: Buffer): void {
    if (this.#joined.length < rest.length) this.#joined = Buffer.alloc(rest.length);
    rest.copy(this.#joined);
    this.#restBytes = rest.length;
  }

  /** The end of the statement is pg's own business again. */
  #giveBack(rest: Buffer): void {
    if (this.#parse === null) return;
    this.#stream?.removeListener('data', this.#take);
    this.#stream?.removeListener(SHORT_LIVED, this.#take);
    this.#stream?.on('data', this.#parse);
    const parse = this.#parse;
    this.#parse = null;
    if (rest.length > 0) parse(rest);
  }
}
