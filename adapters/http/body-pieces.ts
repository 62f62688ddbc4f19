import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../../src/model/errors.ts';

/** Bytes that make a piece full. Small bodies come as one. */
export const PIECE_BYTES = 128 * 1024;
/** A piece that is not full waits no longer than this for more: who sends slowly is stored as soon. */
const LINGER_MS = 1_000;
/** Longest that nothing may come. */
const PATIENCE_MS = 20_000;
/** Who sends slower than this uses up that patience, too. */
const LEAST_BYTES_PER_S = 100;
/** Telemetry packs to a tenth or a fiftieth; only what is made for it packs better than this. */
const MOST_EXPANSION = 200;
const EXPANSION_FREE_BYTES = 1024 * 1024;

/** A part of a body's text. After the last there is no more. */
export interface BodyPiece {
  readonly text: string;
  readonly which: 'more' | 'last';
}

/** Takes bodies of a content type of `scope` as `BodyPieces`, of any length, in place of reading them whole. */
export function streamBodies(scope: FastifyInstance, contentType: string): void {
  scope.addContentTypeParser(contentType, (request, payload, done) => done(null, new BodyPieces(request, payload)));
}

/**
 * A body of any length that is read piece by piece: nothing is read of it between two pieces, so that its sender is as slow
 * as its reader. A sender that stalls is given up. Call `close` afterwards, always.
 */
export class BodyPieces {
  readonly #raw: IncomingMessage;
  /** `#raw`, or what it is unpacked to. */
  readonly #payload: Readable & { readonly receivedEncodedLength?: number };
  readonly #decoder = new StringDecoder('utf8');
  #chunks: Buffer[] = [];
  #size = 0;
  #receivedBytes = 0;
  #patienceMs = PATIENCE_MS;
  #end: 'complete' | ApiError | null = null;
  #isOver = false;
  #wake: () => void = () => undefined;

  constructor(request: FastifyRequest, payload: Readable) {
    request.setOwnDeadline();
    this.#raw = request.raw;
    this.#payload = payload;
    payload.on('data', this.#take);
    payload.on('end', () => this.#endWith('complete'));
    payload.on('error', (cause) => this.#endWith(new ApiError(400, 'body_invalid', cause.message, { cause })));
    payload.on('close', () => {
      // An error costs as much as ten readings, and nearly every body is complete by then.
      if (this.#end === null) this.#endWith(new ApiError(400, 'body_invalid', 'the body was cut off'));
    });
    payload.pause();
  }

  /**
   * The next piece, `null` after the last one. What came before a body broke off comes as a piece, too; then it throws: 400
   * when it was cut or can't be unpacked, 408 when its sender stalls, 413 when it unpacks to far more than readings do.
   */
  async next(): Promise<BodyPiece | null> {
    if (this.#isOver) return null;
    if (this.#end === null && this.#size < PIECE_BYTES) await this.#more();
    if (this.#end instanceof ApiError && this.#size === 0) throw this.#end;
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#size);
    this.#chunks = [];
    this.#size = 0;
    this.#isOver = this.#end === 'complete';
    return this.#isOver
      ? { text: this.#decoder.end(bytes), which: 'last' }
      : { text: this.#decoder.write(bytes), which: 'more' };
  }

  /** Reads on to the end, and keeps nothing. */
  async skip(): Promise<void> {
    while ((await this.next()) !== null);
  }

  /** Lets what is left of the body go by: a client that has not sent all reads its answer only then. */
  close(): void {
    this.#payload.off('data', this.#take);
    if (this.#payload !== this.#raw) {
      this.#raw.unpipe();
      this.#payload.destroy();
    }
    this.#raw.resume();
  }

  readonly #take = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#receivedBytes += chunk.length;
    const packedBytes = this.#payload.receivedEncodedLength;
    if (
      packedBytes !== undefined &&
      this.#receivedBytes > EXPANSION_FREE_BYTES &&
      this.#receivedBytes > MOST_EXPANSION * packedBytes
    ) {
      const message = `the body unpacks to more than ${MOST_EXPANSION} times its size`;
      this.#endWith(new ApiError(413, 'body_too_large', message));
    } else if (this.#size >= PIECE_BYTES) this.#pause();
  };

  #endWith(end: 'complete' | ApiError): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#pause();
  }

  #pause(): void {
    this.#payload.pause();
    this.#wake();
  }

  /** Resolves when a piece is there, or the end. */
  #more(): Promise<void> {
    const beganAt = performance.now();
    const receivedBefore = this.#receivedBytes;
    return new Promise((resolve) => {
      const look = () => {
        if (this.#size > 0) this.#pause();
        else if (performance.now() - beganAt < this.#patienceMs) timer = setTimeout(look, LINGER_MS);
        else this.#endWith(new ApiError(408, 'request_timeout', 'the rest of the body did not come'));
      };
      let timer = setTimeout(look, LINGER_MS);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        const earnedMs = ((this.#receivedBytes - receivedBefore) / LEAST_BYTES_PER_S) * 1_000;
        this.#patienceMs = Math.min(PATIENCE_MS, this.#patienceMs - (performance.now() - beganAt) + earnedMs);
        resolve();
      };
      this.#payload.resume();
    });
  }
}
