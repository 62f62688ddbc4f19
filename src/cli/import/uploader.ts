import { createHash } from 'node:crypto';
import type { Clock } from '../../model/clock.ts';
import { sayDuration } from '../../model/duration.ts';
import { ApiError } from '../../model/errors.ts';
import { formatTime } from '../../model/time.ts';
import type { RowReading } from './row-readings.ts';

/** Readings that are sent in one request. */
export const CHUNK_READINGS = 5_000;
/** The service may be restarted meanwhile; away for longer, the import is given up and can be run again. */
const PATIENCE_MS = 10 * 60_000;
const REQUEST_TIMEOUT_MS = 60_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** A reading that the service did not take. `index` counts in the chunk. */
export interface Refused {
  readonly index: number;
  readonly reason: string;
}

/** What became of a chunk. The first refusals are listed. */
export interface ChunkOutcome {
  readonly accepted: number;
  readonly refused: readonly Refused[];
  readonly refusedCount: number;
}

/** Where readings are sent to. */
export interface UploaderOptions {
  readonly url: string;
  readonly key: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called when the service does not take anything for now, with why. */
  readonly onTrouble: (trouble: string) => void;
  /** Called with how many of a chunk's readings are stored when it was taken in part only. */
  readonly onPart: (stored: number) => void;
}

/**
 * Sends one chunk as history, and insists while the service is away or busy. The key of a chunk is made of its content: a file that
 * is imported again brings the same chunks under the same keys, which are answered and not stored again. Throws when it can't go on.
 */
export async function uploadChunk(readings: readonly RowReading[], options: UploaderOptions): Promise<ChunkOutcome> {
  const { clock, signal, onTrouble, onPart } = options;
  const body = readings.map((reading) => JSON.stringify({ ...reading, historical: true })).join('\n');
  const beganAt = clock.now();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const answer = await send(body, options);
    if ('outcome' in answer) return answer.outcome;
    if (answer.stored > 0) onPart(answer.stored);
    signal.throwIfAborted();
    const waitMs = answer.afterMs ?? pauseMs;
    if (waitMs > PATIENCE_MS)
      throw new ApiError(
        503,
        'unavailable',
        `${answer.trouble}; it takes more at ${formatTime(clock.now() + waitMs)}, in ${sayDuration(waitMs)}: run the same command again then`,
      );
    if (clock.now() - beganAt > PATIENCE_MS)
      throw new ApiError(503, 'unavailable', `${answer.trouble}; run the same command again to go on`);
    onTrouble(`${answer.trouble}; will try again${answer.afterMs === null ? '' : ` in ${sayDuration(waitMs)}`}`);
    await clock.sleep(waitMs, signal);
  }
}

type Answer =
  | { readonly outcome: ChunkOutcome }
  | { readonly trouble: string; readonly afterMs: number | null; readonly stored: number };

async function send(body: string, { url, key, signal }: UploaderOptions): Promise<Answer> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL('/api/v1/readings', url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': `import-${createHash('sha256').update(body).digest('hex')}`,
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    text = await response.text();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return { trouble: `cannot reach ${url}: ${cause}`, afterMs: null, stored: 0 };
  }
  const answer = parse(text);
  if (response.status === 200 || answer?.code === 'nothing_accepted') {
    const { accepted = 0, rejected = [], rejectedCount = rejected.length } = answer ?? {};
    return { outcome: { accepted, refused: rejected, refusedCount: rejectedCount } };
  }
  const said = answer?.detail ?? `${url} answers ${response.status}`;
  if (response.status === 429 || response.status === 409 || response.status >= 500) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return { trouble: said, afterMs: Number.isFinite(seconds) ? seconds * 1_000 : null, stored: answer?.accepted ?? 0 };
  }
  throw new ApiError(response.status, 'body_invalid', `${url} refuses: ${said}`);
}

/** What the service answers to readings, as far as it is looked at. */
interface Answered {
  readonly accepted?: number;
  readonly rejected?: readonly Refused[];
  readonly rejectedCount?: number;
  readonly code?: string;
  readonly detail?: string;
}

function parse(text: string): Answered | null {
  try {
    return JSON.parse(text) as Answered; // of our own service; a proxy's page is no JSON
  } catch {
    return null;
  }
}
