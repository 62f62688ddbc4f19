import { request } from 'node:http';
import { LOOPBACK } from '../devices/device.ts';
import { planFaults } from './fault-plan.ts';
import type { PeerKind, PeerOptions } from './peer.ts';

const TAGS = 10;
const ANSWER_WITHIN_MS = 5_000;
const DELAY_MS = 1_500;

/** One batch as it is pushed. */
interface Batch {
  readonly number: number;
  readonly body: string;
}

/** A client that pushes what counts to a service. An occasion for a fault is a batch; every batch comes whole in the end. */
export const httpPeer: PeerKind = {
  faults: {
    duplicate: 'the batch comes twice under one Idempotency-Key',
    'out-of-order': 'the batch comes after the next one',
    truncated: 'the connection ends in the middle of the body; the batch comes again',
    malformed: 'a body that is no JSON comes first',
    gap: 'the batch, and with it a Batch-Sequence, is lost',
    delay: 'the second half of the body comes 1.5 s late',
    'half-open':
      'the client stops in the middle of the body and stays connected, for at most 5 s; the batch comes again',
    rst: 'the connection is reset in the middle of the body; the batch comes again',
  },

  async start(options) {
    const plan = planFaults(options);
    const { clock, port, periodMs = 500 } = options;
    const stopping = new AbortController();
    let held: Batch | null = null;
    // Another run sends other batches: under the same keys they would be refused for a day.
    const begunAt = clock.now();
    const keyOf = (number: number) => `simulated-${begunAt}-${number}`;
    const stream = `simulated-${begunAt}`;
    const send = ({ number, body }: Batch, how: Way = 'whole') =>
      push(options, stopping.signal, { body, key: keyOf(number), sequence: { stream, number }, how });
    const run = async () => {
      for (let number = 1; ; number++) {
        await clock.sleep(periodMs, stopping.signal);
        if (stopping.signal.aborted) return;
        const at = new Date(clock.now()).toISOString();
        const readings = Array.from({ length: TAGS }, (_, i) => ({ tag: `sim.v${i}`, at, value: number }));
        const batch: Batch = { number, body: JSON.stringify({ readings }) };
        const late: Batch | null = held;
        held = null;
        switch (plan.draw(`batch ${number}`)) {
          case 'out-of-order':
            held = batch;
            break;
          case 'duplicate':
            await send(batch);
            await send(batch);
            break;
          case 'truncated':
            await send(batch, 'truncated');
            await send(batch);
            break;
          case 'half-open':
            await send(batch, 'half-open');
            await send(batch);
            break;
          case 'rst':
            await send(batch, 'rst');
            await send(batch);
            break;
          case 'delay':
            await send(batch, 'delay');
            break;
          case 'gap':
            break;
          case 'malformed':
            await push(options, stopping.signal, { body: batch.body.slice(0, -3), key: `${keyOf(number)}-malformed` });
            await send(batch);
            break;
          default:
            await send(batch);
        }
        if (late) await send(late);
      }
    };
    const running = run();
    return {
      port,
      serves: `POST http://${LOOPBACK}:${port}/api/v1/readings, tags sim.v0 to sim.v${TAGS - 1}, counting the batches from 1`,
      stop: async () => {
        stopping.abort();
        await running;
      },
    };
  },
};

/** How the second half of a body goes: with the first, late, or never, and what the connection does instead. */
type Way = 'whole' | 'delay' | 'truncated' | 'half-open' | 'rst';

/** Sends one body, or the beginning of it; whatever becomes of it, the next one is tried. */
function push(
  { port, key: apiKey, clock }: PeerOptions,
  signal: AbortSignal,
  batch: {
    readonly body: string;
    readonly key: string;
    readonly sequence?: { readonly stream: string; readonly number: number };
    readonly how?: Way;
  },
): Promise<void> {
  const { body, key, sequence, how = 'whole' } = batch;
  const [first, rest] = [body.slice(0, body.length / 2), body.slice(body.length / 2)];
  return new Promise((resolve) => {
    const call = request({
      host: LOOPBACK,
      port,
      path: '/api/v1/readings',
      method: 'POST',
      agent: false,
      timeout: ANSWER_WITHIN_MS,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'idempotency-key': key,
        ...(sequence === undefined
          ? {}
          : { 'batch-stream': sequence.stream, 'batch-sequence': String(sequence.number) }),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
    });
    const stop = () => call.destroy();
    signal.addEventListener('abort', stop, { once: true });
    call.on('response', (response) => response.resume());
    call.on('timeout', stop);
    call.on('error', () => undefined); // a service that is away is away for this batch too
    call.on('close', () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    switch (how) {
      case 'whole':
        call.end(body);
        return;
      case 'delay':
        call.write(first);
        void clock.sleep(DELAY_MS, signal).then(() => call.end(rest));
        return;
      case 'truncated':
        call.write(first, stop);
        return;
      case 'half-open':
        call.write(first); // and then nothing, until it gives up itself
        return;
      case 'rst':
        call.write(first, () => call.socket?.resetAndDestroy());
    }
  });
}
