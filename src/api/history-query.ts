import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../model/errors.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from '../store/database.ts';
import type { KnownTag, KnownTags } from '../store/known-tags.ts';
import { findTag, findTags, type StoredTag } from '../store/tags.ts';
import { queryTime } from './page.ts';

const DEFAULT_RANGE_MS = 60 * 60_000;
const LONGEST_RANGE_MS = 20 * 366 * 86_400_000;
/** A device's clock may be so far ahead; what it sent is part of "until now". */
const AHEAD_MS = 10 * 60_000;

/** Query of everything about the past: from when to when. */
export const RangeQuery = {
  from: Type.Optional(
    Type.String({ description: 'RFC 3339 or ms since 1970; inclusive; default: an hour before `to`.' }),
  ),
  to: Type.Optional(
    Type.String({ description: 'RFC 3339 or ms since 1970; exclusive; default: now and what is ahead of it.' }),
  ),
};

/** Reads the range of a query. Throws a 400 when it is none. */
export function queryRange(
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: EpochMs,
): { readonly from: EpochMs; readonly to: EpochMs } {
  const to = queryTime(query.to, 'to') ?? now + AHEAD_MS + 1;
  const from = queryTime(query.from, 'from') ?? Math.max(0, (query.to === undefined ? now : to) - DEFAULT_RANGE_MS);
  if (from >= to) throw new ApiError(400, 'body_invalid', 'from must be before to');
  if (to - from > LONGEST_RANGE_MS) throw new ApiError(400, 'body_invalid', 'from and to are more than 20 years apart');
  return { from, to };
}

/** One tag by name. Throws a 404 when there is none. */
export async function requireTag(session: Session, name: string): Promise<StoredTag> {
  return foundTag(name, name.includes('\u0000') ? null : await findTag(session, name));
}

/** The same from memory, where it is known: without its newest reading. */
export async function requireKnownTag(tags: KnownTags, name: string, now: EpochMs): Promise<KnownTag> {
  return foundTag(name, name.includes('\u0000') ? null : await tags.find(name, now));
}

function foundTag<Tag>(name: string, tag: Tag | null): Tag {
  if (!tag) throw new ApiError(404, 'not_found', `there is no tag ${JSON.stringify(name)}`);
  return tag;
}

/** `?tag=` of a query, given once or several times; each name once, in the order given. */
export const TagsQuery = (most: number) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 600 }), {
    minItems: 1,
    maxItems: most,
    description: `Name of a tag; repeat it for up to ${most} tags.`,
  });

/** `preValidation` of a route that takes several tags: a tag given once is a list of one. */
export async function listTagsOfQuery(request: FastifyRequest): Promise<void> {
  const query = request.query as { tag?: unknown }; // parsed from the URL, not checked yet
  if (typeof query.tag === 'string') query.tag = [query.tag];
}

/** Several tags by name, in the order given, each once. Throws a 404 that names those that are not there. */
export async function requireTags(session: Session, names: readonly string[]): Promise<StoredTag[]> {
  const wanted = [...new Set(names)];
  const asked = wanted.filter((name) => !name.includes('\u0000'));
  const found = new Map((await findTags(session, asked)).map((tag) => [tag.name, tag]));
  const missing = wanted.filter((name) => !found.has(name));
  if (missing.length > 0)
    throw new ApiError(404, 'not_found', `there is no tag ${missing.map((name) => JSON.stringify(name)).join(', ')}`);
  return wanted.flatMap((name) => found.get(name) ?? []);
}

/** Most readings that one answer is worked out from, one by one: a million take the database about half a second. */
export const MOST_READINGS = 1_000_000;

/** Refuses what would take too long. `advice` says what to ask instead. */
export function requireAtMost(n: number, what: 'readings' | 'rollups', advice: string): void {
  if (n > MOST_READINGS)
    throw new ApiError(422, 'range_too_large', `this needs ${n} ${what}, and ${MOST_READINGS} are allowed: ${advice}`);
}
