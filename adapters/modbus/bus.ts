import { setImmediate as untilTold } from 'node:timers/promises';
import { systemClock } from '../../src/model/clock.ts';
import { AdapterError } from '../adapter.ts';
import type { Answer } from './decode.ts';
import { type Asked, type Framing, framings } from './frames.ts';
import { type Endpoint, sayEndpoint } from './line.ts';
import { type Link, openLink } from './link.ts';
import type { Request } from './requests.ts';

/** Transaction numbers have 16 bits: a number comes again after 65,536 requests, long after its answer. */
const TRANSACTIONS = 0x1_0000;
/** One question that nobody answers is a unit's affair, the second in a row the connection's. */
const TIMEOUTS_OF_A_DEAD_CONNECTION = 2;
/** Damaged frames in a row after which a serial port is opened anew. */
const DAMAGES_OF_A_BAD_PORT = 3;
/** Without numbers an answer can only be waited out: so many deadlines after its question it will not come any more. */
export const DEADLINES_TO_LISTEN = 3;
/** A line is silent when it was so for 3.5 characters; not less than timers and operating system can tell. */
const LEAST_QUIET_MS = 10;
/** A line that is never silent for so long is opened anew. */
const LONGEST_BABBLE_MS = 1_000;
/** Late answers that are still known for what they are. */
const MOST_LATE = 64;
/** Twice the longest frame there is, in ASCII. */
const MOST_BYTES = 1_100;

/** How one request is to be asked. */
export interface Within {
  readonly deadlineMs: number;
  /** Whoever asks gives up; others who share the bus are not disturbed. */
  readonly signal: AbortSignal;
  /** Called as the question goes out. */
  sent?(): void;
}

interface Pending {
  readonly asked: Asked;
  /** When an answer without a number cannot come any more, by `performance.now()`. */
  readonly listenUntilMs: number;
  readonly settle: (outcome: Answer | AdapterError) => void;
}

/** An answer that nobody waits for any more and that may still come: until when (`performance.now()`), and its length. */
interface Debt {
  readonly untilMs: number;
  readonly bytes: number;
}

/**
 * One connection or serial line, and its queue: one request on its way, whoever asks. What comes back is an answer only
 * if it is whole, sound, and fits the question. A connection is thrown away after the first frame that is wrong, and
 * when two questions in a row stay unanswered; a serial line, where an answer bears no number, is listened to until an
 * answer that is still owed has come or cannot come any more.
 */
export class Bus {
  readonly #endpoint: Endpoint;
  readonly #framing: Framing;
  readonly #isNumbered: boolean;
  readonly #quietMs: number;
  readonly #where: string;
  #queue: Promise<unknown> = Promise.resolve();
  #link: Link | null = null;
  #closing: Promise<void> = Promise.resolve();
  #openings = 0;
  #transaction = 0;
  readonly #late = new Set<number>();
  #pending: Pending | null = null;
  /** Bytes that no answer was made of yet. */
  #heard: Buffer = Buffer.alloc(0);
  #heardAtMs = 0;
  #timeouts = 0;
  #damages = 0;
  #debt: Debt | null = null;

  /** `silenceMs`: what ends a frame on this line; 0 where frames say their length. */
  constructor(endpoint: Endpoint, silenceMs: number) {
    this.#endpoint = endpoint;
    this.#framing = framings[endpoint.framing];
    this.#isNumbered = endpoint.framing === 'mbap';
    this.#quietMs = this.#isNumbered ? 0 : Math.max(silenceMs, LEAST_QUIET_MS);
    this.#where = sayEndpoint(endpoint);
  }

  /** How often the connection was opened. */
  get openings(): number {
    return this.#openings;
  }

  /**
   * Asks once, when it is its turn, and opens the connection first if need be. A Modbus exception is an answer;
   * everything else that is not the data throws.
   */
  read(request: Request, within: Within): Promise<Answer> {
    const turn = this.#queue.then(() => this.#read(request, within));
    this.#queue = turn.catch(() => undefined); // whoever asked is told
    return new Promise((resolve, reject) => {
      // Whoever gives up goes at once; the question stays until it is answered, so that the next one is not asked meanwhile.
      const stop = () => reject(this.#closed());
      within.signal.addEventListener('abort', stop, { once: true });
      turn.then(resolve, reject).finally(() => within.signal.removeEventListener('abort', stop));
    });
  }

  /** Closes the connection; the next request opens it again. */
  async close(): Promise<void> {
    this.#drop(this.#closed());
    await this.#closing;
  }

  async #read(request: Request, within: Within): Promise<Answer> {
    const { signal } = within;
    if (signal.aborted) throw this.#closed();
    const link = this.#link ?? (await this.#open(within));
    await this.#untilQuiet(signal);
    if (signal.aborted || this.#link !== link) throw this.#closed();
    within.sent?.();
    const outcome = await this.#exchange(link, request, within);
    if (!(outcome instanceof AdapterError)) return outcome;
    await this.#untilQuiet(signal);
    throw outcome;
  }

  async #open(within: Within): Promise<Link> {
    await this.#closing;
    let opened: Link | null = null;
    const link = await openLink(this.#endpoint, within, {
      data: (chunk) => this.#take(chunk),
      lost: (cause) => {
        const error = new AdapterError('connection_lost', `${this.#where} closed the connection`, { cause });
        if (this.#link === opened) this.#drop(error);
      },
    });
    opened = link;
    this.#link = link;
    this.#openings++;
    // Whoever asked before may still be answered.
    if (!this.#isNumbered)
      this.#debt = { untilMs: performance.now() + within.deadlineMs, bytes: Number.POSITIVE_INFINITY };
    return link;
  }

  #exchange(link: Link, request: Request, { deadlineMs }: Within): Promise<Answer | AdapterError> {
    const { unitId, table, first, count } = request;
    this.#transaction = (this.#transaction + 1) % TRANSACTIONS;
    const asked: Asked = { unitId, table, first, count, transaction: this.#transaction, late: this.#late };
    const listenUntilMs = performance.now() + DEADLINES_TO_LISTEN * deadlineMs;
    // A numbered answer may have begun to come after its question was given up: its rest is still to come.
    if (!this.#isNumbered) this.#heard = Buffer.alloc(0);
    return new Promise((resolve) => {
      const expire = async () => {
        // A process that was stopped or swapped out is told of its deadline before it is told of what has arrived.
        await untilTold();
        if (this.#pending !== pending) return;
        const message = `unit ${unitId} at ${this.#where} did not answer within ${Math.round(deadlineMs)} ms`;
        this.#giveUp(new AdapterError('request_timeout', message));
        this.#timeouts++;
        if (this.#endpoint.kind === 'tcp' && this.#timeouts >= TIMEOUTS_OF_A_DEAD_CONNECTION)
          this.#drop(this.#closed());
      };
      const deadline = setTimeout(() => void expire(), deadlineMs);
      const settle: Pending['settle'] = (outcome) => {
        clearTimeout(deadline);
        resolve(outcome);
      };
      const pending: Pending = { asked, listenUntilMs, settle };
      this.#pending = pending;
      link.write(this.#framing.write(asked));
    });
  }

  #take(chunk: Buffer): void {
    this.#heardAtMs = performance.now();
    this.#heard = Buffer.concat([this.#heard, chunk]);
    const asked = this.#pending?.asked ?? { ...NOBODY, late: this.#late };
    // What comes over a line while nobody asks is noise, or an answer that is being waited out.
    if (!this.#pending && !this.#isNumbered) {
      this.#forgetTooMuch();
      return;
    }
    const heard = this.#framing.read(this.#heard, asked);
    switch (heard.kind) {
      case 'nothing yet':
        this.#forgetTooMuch();
        return;
      case 'answer':
        this.#heard = Buffer.alloc(0);
        this.#timeouts = 0;
        this.#damages = 0;
        this.#settle(heard.answer);
        return;
      case 'garbled':
      case 'foreign':
        this.#refuse(heard.kind, this.#pending ? heard.reason : 'an answer nobody asked for');
    }
  }

  #refuse(kind: 'garbled' | 'foreign', reason: string): void {
    const error = new AdapterError('answer_invalid', `${this.#where} sent ${reason}`);
    if (this.#isNumbered) {
      this.#drop(error);
      return;
    }
    // A sound answer to something else: the one to this question is still to come.
    if (kind === 'foreign') this.#heard = Buffer.alloc(0);
    this.#giveUp(error);
    this.#damages++;
    if (this.#damages >= DAMAGES_OF_A_BAD_PORT) this.#drop(error);
  }

  /** Nobody sends so much in answer to one question: a line that babbles must not fill the memory. */
  #forgetTooMuch(): void {
    if (this.#heard.length > MOST_BYTES) this.#heard = this.#heard.subarray(-MOST_BYTES);
  }

  /** Ends the request; its answer may still come. */
  #giveUp(error: AdapterError): void {
    const pending = this.#pending;
    if (!pending) return;
    const { asked, listenUntilMs } = pending;
    if (this.#isNumbered) this.#remember(asked.transaction);
    else this.#debt = { untilMs: listenUntilMs, bytes: this.#framing.answerBytes(asked) };
    this.#settle(error);
  }

  #remember(transaction: number): void {
    this.#late.add(transaction);
    const [oldest] = this.#late;
    if (this.#late.size > MOST_LATE && oldest !== undefined) this.#late.delete(oldest);
  }

  /** Waits until the line is silent and nothing is owed any more; returns early, with the debt, when `signal` aborts. */
  async #untilQuiet(signal: AbortSignal): Promise<void> {
    const sinceMs = performance.now();
    while (this.#link && !this.#isNumbered && !signal.aborted) {
      const now = performance.now();
      const { untilMs, bytes } = this.#debt ?? { untilMs: 0, bytes: 0 };
      const silentInMs = this.#heardAtMs + this.#quietMs - now;
      const paidInMs = this.#heard.length >= bytes ? 0 : untilMs - now;
      if (Math.max(silentInMs, paidInMs) <= 0) {
        // A busy process may not have been told yet of what has arrived: let it be, and look again.
        const heardAtMs = this.#heardAtMs;
        await untilTold();
        if (this.#heardAtMs === heardAtMs) break;
        continue;
      }
      if (now - Math.max(sinceMs, untilMs) > LONGEST_BABBLE_MS) {
        this.#drop(this.#closed());
        return;
      }
      await systemClock.sleep(Math.ceil(silentInMs > 0 ? silentInMs : Math.min(paidInMs, this.#quietMs)), signal);
    }
    if (!signal.aborted) this.#debt = null;
  }

  #settle(outcome: Answer | AdapterError): void {
    const pending = this.#pending;
    this.#pending = null;
    pending?.settle(outcome);
  }

  #drop(error: AdapterError): void {
    const link = this.#link;
    this.#link = null;
    this.#heard = Buffer.alloc(0);
    this.#late.clear();
    this.#debt = null;
    this.#timeouts = 0;
    this.#damages = 0;
    if (link) this.#closing = link.close();
    this.#settle(error);
  }

  #closed(): AdapterError {
    return new AdapterError('connection_lost', `connection to ${this.#where} was closed`);
  }
}

/** While nobody asks, nothing is an answer. */
const NOBODY = { unitId: 0, table: 'holding', first: 0, count: 1, transaction: -1 } as const;
