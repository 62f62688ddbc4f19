import { request } from 'node:http';
import { LOOPBACK } from '../devices/device.ts';
import { planFaults } from './fault-plan.ts';
import type { PeerKind, PeerOptions } from './peer.ts';

const TAGS = 10;
const ANSWER_WITHIN_MS = 5_000;

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
  },

  async start(options) {
    const plan = planFaults(options);
    const { clock, port, periodMs = 500 } = options;
    const stopping = new AbortController();
    let held: Batch | null = null;
    // Another run sends other batches: under the same keys they would be refused for a day.
    const begunAt = clock.now();
    const keyOf = (number: number) => `simulated-${begunAt}-${number}`;
    const send = (batch: Batch) => push(options, stopping.signal, { body: batch.body, key: keyOf(batch.number) });
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
            await push(options, stopping.signal, {
              body: batch.body,
              key: keyOf(number),
              cutAt: Math.floor(batch.body.length / 2),
            });
            await send(batch);
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

/** Sends one body, or the beginning of it; whatever becomes of it, the next one is tried. */
function push(
  { port, key: apiKey }: PeerOptions,
  signal: AbortSignal,
  { body, key, cutAt }: { readonly body: string; readonly key: string; readonly cutAt?: number },
): Promise<void> {
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
    if (cutAt === undefined) call.end(body);
    else call.write(body.slice(0, cutAt), stop);
  });
}
