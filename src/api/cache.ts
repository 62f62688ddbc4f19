import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { EpochMs } from '../model/reading.ts';

/** How long after its end a range may still get readings in the ordinary way: devices buffer, clocks are ahead. */
const LATENESS_MS = 10 * 60_000;
/** Later readings than that exist, too (store and forward after days): so a copy is used unasked for a minute only. */
const MAX_AGE_S = 60;

/** The answer to `If-None-Match` when nothing has changed, for a route's schema. */
export const NotModified = Type.Null({ description: 'Nothing has changed: use the copy you have.' });

/** Says whether the answer about a range may be kept: when it ended long enough before `now`. */
export function markCacheable(reply: FastifyReply, to: EpochMs, now: EpochMs): void {
  const isClosed = to <= now - LATENESS_MS;
  reply.header('cache-control', isClosed ? `private, max-age=${MAX_AGE_S}, must-revalidate` : 'no-store');
  reply.header('vary', 'authorization, cookie');
}

/**
 * `onSend` of a route whose answers may be kept: gives them an ETag made of the body itself, the only validator that is
 * true when a late reading has changed a closed range, and answers 304 to one who has that body.
 */
export async function answerValidated(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const isKept = String(reply.getHeader('cache-control') ?? '').startsWith('private');
  if (!isKept || reply.statusCode !== 200 || !(typeof payload === 'string' || Buffer.isBuffer(payload))) return payload;
  const tag = `"${createHash('sha256').update(payload).digest('base64url').slice(0, 27)}"`;
  reply.header('etag', tag);
  const known = String(request.headers['if-none-match'] ?? '').split(/\s*,\s*/);
  if (!known.some((each) => each === '*' || each.replace(/^W\//, '') === tag)) return payload;
  reply.code(304).removeHeader('content-length');
  reply.removeHeader('content-type');
  return '';
}
