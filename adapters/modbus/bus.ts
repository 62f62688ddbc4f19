import { connect, type Socket } from 'node:net';
import { AdapterError } from '../adapter.ts';
import type { Answer } from './decode.ts';
import { FrameCheck } from './frame-check.ts';
import { ModbusClient } from './library.ts';
import { isBit } from './registers.ts';
import type { Request } from './requests.ts';

/** The protocol library counts transactions modulo this, from 1. */
const TRANSACTIONS = 256;

/** Where to connect, and how long to wait for the connection and for each answer. */
export interface BusOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Destroys the bus. */
  readonly signal: AbortSignal;
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: AdapterError) => void;
  readonly deadline: NodeJS.Timeout;
}

/**
 * One TCP connection to a device or gateway. One request in flight, each with a deadline; every answer is checked for
 * transaction, protocol, unit and length. After the first failure of any kind the socket is destroyed and the bus
 * stays dead: a late answer can never be taken for a new one. Whoever wants to go on opens another bus.
 */
export class Bus {
  /** Connects within `timeoutMs`; throws `connection_refused` or `connection_timeout`. */
  static async open(options: BusOptions): Promise<Bus> {
    const socket = await openSocket(options);
    const client = new ModbusClient();
    // Our socket, not the library's own: its `destroy` and its events leave callers waiting for ever.
    await client.linkTCP(socket, { port: options.port });
    return new Bus(socket, client, options);
  }

  readonly #socket: Socket;
  readonly #client: ModbusClient;
  readonly #options: BusOptions;
  readonly #check = new FrameCheck();
  readonly #where: string;
  #transaction = 1;
  #pending: Pending | null = null;
  #failure: AdapterError | null = null;

  private constructor(socket: Socket, client: ModbusClient, options: BusOptions) {
    this.#socket = socket;
    this.#client = client;
    this.#options = options;
    this.#where = `${options.host}:${options.port}`;
    // First in line: a frame that is wrong must fail before the library hands out its content.
    socket.prependListener('data', (chunk: Buffer) => {
      const fault = this.#check.push(chunk);
      if (fault !== null) this.#fail(new AdapterError('answer_invalid', `${this.#where} sent ${fault}`));
    });
    const lost = (cause?: Error) =>
      this.#fail(new AdapterError('connection_lost', `${this.#where} closed the connection`, { cause }));
    socket.on('error', lost);
    socket.on('end', () => lost());
    socket.on('close', () => lost());
    client.on('error', (cause) => this.#fail(this.#invalid(cause)));
    options.signal.addEventListener('abort', this.destroy, { once: true });
    if (options.signal.aborted) this.destroy();
  }

  /** False once anything went wrong. */
  get isOpen(): boolean {
    return this.#failure === null;
  }

  /** Asks once. A Modbus exception is an answer; everything else that is not the data throws and kills the bus. */
  read(request: Request): Promise<Answer> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#pending)
      return Promise.reject(new AdapterError('adapter_failed', 'a Modbus request is already in flight'));
    return new Promise((resolve, reject) => {
      const { timeoutMs } = this.#options;
      const deadline = setTimeout(() => {
        const message = `unit ${request.unitId} at ${this.#where} did not answer within ${timeoutMs} ms`;
        this.#fail(new AdapterError('request_timeout', message));
      }, timeoutMs);
      this.#pending = { resolve, reject, deadline };
      this.#check.expect(this.#transaction, request.unitId);
      this.#transaction = (this.#transaction + 1) % TRANSACTIONS;
      try {
        this.#send(request, (error, bytes) => {
          const answer = this.#judge(request, error, bytes);
          if (answer instanceof AdapterError) this.#fail(answer);
          else this.#settle(answer);
        });
      } catch (cause) {
        this.#fail(this.#invalid(cause));
      }
    });
  }

  /** Closes the socket at once and rejects the request in flight. An arrow, so that it can be a listener. */
  readonly destroy = (): void => {
    this.#fail(new AdapterError('connection_lost', `connection to ${this.#where} was closed`));
  };

  #send(request: Request, done: (error: unknown, bytes: Buffer | undefined) => void): void {
    const { unitId, table, first, count } = request;
    // The library types the result as always there; with an error it is missing.
    const next = (error: unknown, result: { buffer: Buffer } | undefined) => done(error, result?.buffer);
    switch (table) {
      case 'coil':
        this.#client.writeFC1(unitId, first, count, next);
        break;
      case 'discrete':
        this.#client.writeFC2(unitId, first, count, next);
        break;
      case 'holding':
        this.#client.writeFC3(unitId, first, count, next);
        break;
      case 'input':
        this.#client.writeFC4(unitId, first, count, next);
        break;
    }
  }

  #judge(request: Request, error: unknown, bytes: Buffer | undefined): Answer | AdapterError {
    const code = exceptionCode(error);
    if (code !== null) return { kind: 'exception', code };
    if (error || !bytes) return this.#invalid(error);
    // The library trusts the byte count inside the frame, whatever was asked for.
    const expected = isBit(request) ? Math.ceil(request.count / 8) : request.count * 2;
    if (bytes.length === expected) return { kind: 'bytes', bytes };
    const message = `${this.#where} sent ${bytes.length} bytes of data instead of ${expected}`;
    return new AdapterError('answer_invalid', message);
  }

  #settle(answer: Answer): void {
    const pending = this.#pending;
    if (!pending) return;
    this.#pending = null;
    clearTimeout(pending.deadline);
    pending.resolve(answer);
  }

  #fail(error: AdapterError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#options.signal.removeEventListener('abort', this.destroy);
    this.#socket.destroy();
    const pending = this.#pending;
    this.#pending = null;
    if (!pending) return;
    clearTimeout(pending.deadline);
    pending.reject(error);
  }

  #invalid(cause: unknown): AdapterError {
    const reason = cause instanceof Error ? cause.message : 'no data';
    return new AdapterError('answer_invalid', `${this.#where} sent an answer that cannot be read: ${reason}`, {
      cause,
    });
  }
}

/** The library reports an exception as an error with the code on it. */
function exceptionCode(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('modbusCode' in error)) return null;
  return typeof error.modbusCode === 'number' ? error.modbusCode : null;
}

function openSocket({ host, port, timeoutMs, signal }: BusOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const settle = () => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect);
    };
    const fail = (code: 'connection_refused' | 'connection_timeout', cause?: Error) => {
      settle();
      socket.destroy();
      reject(new AdapterError(code, `cannot reach ${host}:${port}`, { cause }));
    };
    const onAbort = () => fail('connection_refused');
    const onError = (cause: Error) => fail('connection_refused', cause);
    const onConnect = () => {
      settle();
      socket.off('error', onError);
      resolve(socket);
    };
    const deadline = setTimeout(() => fail('connection_timeout'), timeoutMs);
    socket.on('error', onError); // stays after a failure: what a socket says when it was given up has no reader
    socket.on('connect', onConnect);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
