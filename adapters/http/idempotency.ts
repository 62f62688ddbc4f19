import { createHash, type Hash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../../src/model/errors.ts';
import type { EpochMs } from '../adapter.ts';

/** Remembers what was answered to requests that carried a key; see `src/ingest/receipts.ts`. */
export interface PushReceipts {
  find(
    key: string,
  ):
    | { readonly state: 'new' | 'running' | 'begun' }
    | { readonly state: 'done'; readonly bodyHash: string; readonly answer: string };
  begin(key: string, time: 'assumed' | 'given'): Promise<EpochMs>;
  finish(key: string, begunAt: EpochMs, done: { bodyHash: string; answer: string }): Promise<void>;
  abandon(key: string): void;
}

/** Rejections that an answer with a key lists: it is kept for a day. */
export const MAX_KEPT_REJECTIONS = 50;

/** Documents the header. */
export const KEY_HEADER =
  'With an `Idempotency-Key` the same request sent again within 24 h is answered the same, and nothing is stored twice; another body under ' +
  'the same key is answered 422, the same key while the first request is still served 409.';

const hashes = new WeakMap<FastifyRequest, Hash>();

/** Takes the fingerprint of bodies whose request carries a key, as they were sent; call it before anything unpacks them. */
export function fingerprintBodies(scope: FastifyInstance): void {
  scope.addHook('preParsing', (request, _reply, payload, done) => {
    if (request.headers['idempotency-key'] !== undefined) {
      const hash = createHash('sha256');
      hashes.set(request, hash);
      payload.on('data', (chunk: Buffer) => hash.update(chunk));
      payload.pause(); // until whoever reads the body begins
    }
    done(null, payload);
  });
}

/** How one request is served at most once. */
export interface OnceOptions<Answer> {
  readonly receipts: PushReceipts;
  /** Now, for a request without a key. */
  readonly now: EpochMs;
  /** Whether readings may come without a time of their own: only they would double. */
  readonly time: 'assumed' | 'given';
  /** Serves it; `now` is the time for readings that have none. What it answers is kept as JSON. */
  readonly work: (now: EpochMs) => Promise<Answer>;
  /** Resolves when the body has come to its end: until then its fingerprint is not known. */
  readonly bodyRead: () => Promise<void>;
  /** Whether this answer speaks for something that is stored; an answer that doesn't is not kept. */
  readonly isKept: (answer: Answer) => boolean;
}

/** Serves a request, or answers what was answered to it before. Throws 409 and 422 as the key demands. */
export async function serveOnce<Answer>(request: FastifyRequest, options: OnceOptions<Answer>): Promise<Answer> {
  const key = keyOf(request);
  const { receipts, work } = options;
  if (key === null) return work(options.now);
  const fingerprint = () => hashes.get(request)?.copy().digest('hex') ?? '';
  const known = receipts.find(key);
  if (known.state === 'running')
    throw new ApiError(409, 'idempotency_key_in_use', 'a request with this Idempotency-Key is being served');
  if (known.state === 'done') {
    await options.bodyRead();
    if (known.bodyHash !== fingerprint())
      throw new ApiError(422, 'idempotency_key_reused', 'this Idempotency-Key was used with another body');
    return JSON.parse(known.answer) as Answer; // what work answered then
  }
  try {
    const begunAt = await receipts.begin(key, options.time);
    const answer = await work(begunAt);
    if (options.isKept(answer)) {
      const done = { bodyHash: fingerprint(), answer: JSON.stringify(answer) };
      await receipts.finish(key, begunAt, done);
    }
    return answer;
  } finally {
    receipts.abandon(key);
  }
}

/** Two routes, or two clients, may use the same key for different things. */
function keyOf({ headers, url }: FastifyRequest): string | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key))
    throw new ApiError(400, 'body_invalid', 'Idempotency-Key is 1 to 255 printable characters');
  const who = headers.authorization ?? headers.cookie ?? '';
  return createHash('sha256')
    .update(JSON.stringify([url, who, key]))
    .digest('hex');
}
