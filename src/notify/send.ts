import { Agent, type Dispatcher, request } from 'undici';
import type { DeliveryOutcome, DueDelivery } from '../model/delivery.ts';
import type { EpochMs } from '../model/reading.ts';
import { guardedConnector } from './connect.ts';
import { BLOCKED, describeFailure, judgeAnswer } from './outcome.ts';
import { sign } from './sign.ts';
import type { TargetGuard } from './target-guard.ts';

const MAX_ANSWER_BYTES = 64 * 1_024;
/** The status is the answer; the body is only read so that the connection can be used again. */
const DRAIN_MS = 1_000;
const KEEP_ALIVE_MS = 2_000;
const MAX_HEADER_BYTES = 16 * 1_024;

/** Sends deliveries, one HTTP request each. */
export interface Sender {
  /**
   * Makes one attempt and says what came of it; never throws, never takes longer than the timeout (and a second for the
   * answer's body). `at` is the time that is signed. Aborting gives a `retry` without status.
   */
  send(delivery: DueDelivery, at: EpochMs, signal?: AbortSignal): Promise<DeliveryOutcome>;
  /** Breaks off what is under way and closes all connections. */
  close(): Promise<void>;
}

/** Makes a sender that reaches only what the guard allows, signs by Standard Webhooks and never follows a redirect. */
export function createSender(options: {
  readonly guard: TargetGuard;
  /** Deadline of one attempt from name resolution to the answer's head; 15 s when left out. */
  readonly timeoutMs?: number;
  readonly userAgent: string;
}): Sender {
  const { guard, timeoutMs = 15_000, userAgent } = options;
  const agent = new Agent({
    connect: guardedConnector(guard, timeoutMs),
    // undici's own timeouts begin anew with every byte, so one of ours spans the whole attempt instead
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    pipelining: 1,
  });
  const closing = new AbortController();

  return {
    async send(delivery, at, signal) {
      if (guard.refuse(delivery.url) !== null) return BLOCKED;
      const signed = sign(delivery, at);
      if (signed === null) return { kind: 'dead', status: null, reason: 'the signing secret cannot be used' };
      using deadline = createDeadline(timeoutMs, [closing.signal, ...(signal ? [signal] : [])]);
      try {
        const answer = await request(delivery.url, {
          dispatcher: agent,
          method: 'POST',
          headers: { 'content-type': 'application/json', 'user-agent': userAgent, ...signed },
          body: delivery.body,
          signal: deadline.signal,
        });
        await drop(answer.body);
        return judgeAnswer(answer.statusCode, retryAfterOf(answer), at);
      } catch (error) {
        return describeFailure(error, { endedBy: deadline.endedBy(), timeoutMs });
      }
    },
    async close() {
      closing.abort();
      await agent.destroy();
    },
  };
}

/** One signal for an attempt: the time is up, or somebody wants to stop. Leaves no timer and no listener behind. */
function createDeadline(timeoutMs: number, stops: readonly AbortSignal[]) {
  const aborter = new AbortController();
  let endedBy: 'timeout' | 'stop' | null = null;
  const end = (by: 'timeout' | 'stop') => {
    endedBy ??= by;
    aborter.abort();
  };
  const stop = () => end('stop');
  const timer = setTimeout(() => end('timeout'), timeoutMs);
  for (const signal of stops) {
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  }
  return {
    signal: aborter.signal,
    endedBy: () => endedBy,
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const signal of stops) signal.removeEventListener('abort', stop);
    },
  };
}

/** Reads a little of the body and lets go of it; a longer or slower one costs its connection, nothing else. */
async function drop(body: Dispatcher.ResponseData['body']): Promise<void> {
  let bytes = 0;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => body.destroy(), DRAIN_MS);
    body
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) body.destroy();
      })
      .on('error', () => undefined) // the status has been read; `close` follows
      .once('close', () => {
        clearTimeout(timer);
        resolve();
      });
  });
}

function retryAfterOf(answer: Dispatcher.ResponseData): string | null {
  const header = answer.headers['retry-after'];
  return typeof header === 'string' ? header : null;
}
