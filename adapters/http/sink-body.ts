import { setImmediate } from 'node:timers/promises';
import { sayCount } from '../../src/model/count-words.ts';
import { ApiError, isOurs } from '../../src/model/errors.ts';
import type { PushContext } from './batch.ts';
import type { BodyPieces } from './body-pieces.ts';
import type { DecodeLines } from './decoded-lines.ts';
import { LineCutter } from './line-cutter.ts';
import { emptyTally, type PushTally, sinkItems } from './sink-items.ts';

/** Readings that are given to the log at once: what one step may cost, some 10 ms. */
const MAX_ITEMS_A_STEP = 5_000;

/** A request that was given up when something of it was stored already: says how much. */
class PartlyStored extends ApiError {
  readonly extra: object;

  constructor(cause: ApiError, { accepted, rejected, rejectedCount }: PushTally) {
    const { status, code, message, retryAfterS } = cause;
    super(status, code, `${message}; ${sayCount(accepted, 'reading was', 'readings were')} stored before`, {
      cause,
      retryAfterS,
    });
    const action = 'Send the same request again; readings that have a time of their own are stored once.';
    this.extra = { accepted, rejected, rejectedCount, action };
  }
}

/**
 * Stores a body of any length step by step: the next part is read when the one before is durable. What was accepted stays
 * when a later part fails; the error says how much that was.
 */
export async function sinkBody(
  body: BodyPieces,
  {
    decode,
    newlines,
    ...options
  }: {
    readonly decode: DecodeLines;
    readonly newlines: 'plain' | 'quoted';
    readonly ctx: PushContext;
    readonly mostListed: number;
  },
): Promise<PushTally> {
  const tally = emptyTally();
  const lines = new LineCutter(newlines);
  try {
    for (let piece = await body.next(); piece !== null; piece = await body.next()) {
      lines.feed(piece.text, piece.which);
      for (;;) {
        const decoded = decode(lines, MAX_ITEMS_A_STEP);
        if (decoded.readings.length + decoded.problems.length === 0) break;
        await sinkItems(decoded, tally, options);
        if (decoded.readings.length === 0) await setImmediate(); // nothing was waited for: others have their turn
      }
    }
    return tally;
  } catch (error) {
    throw tally.accepted > 0 ? partlyStored(error, tally) : error;
  }
}

function partlyStored(error: unknown, tally: PushTally): unknown {
  if (error instanceof ApiError) return new PartlyStored(error, tally);
  if (!isOurs(error) || !error.isRetryable) return error;
  return new PartlyStored(new ApiError(503, error.code, error.message, { cause: error }), tally);
}
