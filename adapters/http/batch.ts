import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../../src/model/errors.ts';
import type { PushMeter } from '../../src/model/push-quota.ts';
import type { AdapterContext, EpochMs } from '../adapter.ts';
import type { PushReceipts } from './idempotency.ts';

/** Where a client is in its own count of batches. */
export interface BatchNumber {
  readonly stream: string;
  readonly sequence: number;
}

/** What the routes of a push adapter get: they can also say that a numbered batch is complete. */
export interface PushContext extends AdapterContext {
  readonly receipts: PushReceipts;
  /** What counts against the quota of the key that a request came with. */
  readonly meterOf: (request: FastifyRequest) => PushMeter;
  /** Resolves when it is durable that this batch came. `from`, `to`: times of its oldest and newest reading, `null` when it had none. */
  pushed(batch: BatchNumber & { readonly from: EpochMs | null; readonly to: EpochMs | null }): Promise<void>;
}

/** The context for one request: what it pushes is metered, readable or not. A long body waits here for its rate. */
export function metered(ctx: PushContext, request: FastifyRequest): PushContext {
  const meter = ctx.meterOf(request);
  return {
    ...ctx,
    sink: async (batch) => {
      await meter.ready(ctx.signal);
      const count = batch.length; // before the wait, so that the readings need not outlive it
      const outcome = await ctx.sink(batch);
      meter.spend(count);
      return outcome;
    },
    discard: (reason, count) => {
      meter.spend(count);
      ctx.discard(reason, count);
    },
  };
}

/** Documents the headers that number batches. */
export const BATCH_HEADERS =
  'A client that numbers its batches (`Batch-Sequence: 17`, one more each time, and `Batch-Stream: gateway-4` to tell clients apart) has its ' +
  'left-out numbers listed as gaps.';

/** Reads the number a client gave to a batch; `null` when it gave none. Throws 400 when it is none. */
export function readBatchNumber(headers: IncomingHttpHeaders): BatchNumber | null {
  const sequence = headers['batch-sequence'];
  if (sequence === undefined) return null;
  const stream = headers['batch-stream'] ?? 'default';
  if (typeof sequence !== 'string' || !/^\d{1,15}$/.test(sequence))
    throw new ApiError(400, 'body_invalid', 'Batch-Sequence is a whole number from 0');
  if (typeof stream !== 'string' || !/^[\x21-\x7e]{1,100}$/.test(stream))
    throw new ApiError(400, 'body_invalid', 'Batch-Stream is a name of at most 100 characters, without spaces');
  return { stream, sequence: Number(sequence) };
}
