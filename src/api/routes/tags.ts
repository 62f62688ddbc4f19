import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import { formatTime } from '../../model/time.ts';
import { countReadings, listExtremes, listReadings } from '../../store/readings.ts';
import { findTag, listTags, type StoredTag } from '../../store/tags.ts';
import { Page, PageQuery, queryTime, textCursor, timeCursor, toPage } from '../page.ts';
import { presentReading } from '../present.ts';
import { Problem, problemResponses } from '../problem.ts';
import { ReadingsAnswer, TagSchema } from '../schemas.ts';
import type { ApiServices, Routes, TagLimit } from '../services.ts';

const DEFAULT_RANGE_MS = 60 * 60_000;
const LONGEST_RANGE_MS = 20 * 366 * 86_400_000;

/** Tags with their newest reading, and the readings of one tag. */
export function tagRoutes(routes: Routes, { database, clock, limitsOf }: ApiServices): void {
  routes.get(
    '/tags',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['readings'],
        summary: 'Tags, by name, with their newest reading.',
        querystring: Type.Object({ ...PageQuery, asset: Type.Optional(Type.String()) }),
        response: { 200: Page(TagSchema), ...problemResponses },
      },
    },
    async ({ query: { limit, cursor, asset } }) => {
      const rows = await listTags(database, { after: textCursor(cursor), limit: limit + 1, asset });
      return toPage(
        rows,
        limit,
        ({ name }) => name,
        (tag) => presentTag(tag, limitsOf(tag.name)),
      );
    },
  );

  routes.get(
    '/tags/:tag',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['readings'],
        summary: 'One tag.',
        params: Type.Object({ tag: Type.String() }),
        response: { 200: TagSchema, 404: Problem, ...problemResponses },
      },
    },
    async ({ params }) => presentTag(await requireTag(params.tag), limitsOf(params.tag)),
  );

  routes.get(
    '/tags/:tag/readings',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['readings'],
        summary: 'Readings of one tag, oldest first.',
        description:
          'Without `maxPoints`: every reading, page by page (`limit`, `cursor`). With `maxPoints`: at most that many in one answer; when there ' +
          'are more readings, the lowest and the highest of equal stretches (`resolution: extremes`), so that no spike is hidden.',
        params: Type.Object({ tag: Type.String() }),
        querystring: Type.Object({
          from: Type.Optional(
            Type.String({ description: 'RFC 3339 or ms since 1970; inclusive; default: an hour before `to`.' }),
          ),
          to: Type.Optional(
            Type.String({ description: 'RFC 3339 or ms since 1970; exclusive; default: now and what is ahead of it.' }),
          ),
          maxPoints: Type.Optional(Type.Integer({ minimum: 2, maximum: 10_000 })),
          limit: Type.Integer({ minimum: 1, maximum: 10_000, default: 1_000 }),
          cursor: PageQuery.cursor,
        }),
        response: { 200: ReadingsAnswer, 404: Problem, ...problemResponses },
      },
    },
    async ({ params, query }) => {
      const tag = await requireTag(params.tag);
      // A device's clock may be up to ten minutes ahead; what it sent is part of "until now".
      const to = queryTime(query.to, 'to') ?? clock.now() + 10 * 60_000 + 1;
      const from = queryTime(query.from, 'from') ?? to - DEFAULT_RANGE_MS;
      if (from >= to) throw new ApiError(400, 'body_invalid', 'from must be before to');
      if (to - from > LONGEST_RANGE_MS)
        throw new ApiError(400, 'body_invalid', 'from and to are more than 20 years apart');
      const answer = { tag: tag.name, unit: tag.unit, from: formatTime(from), to: formatTime(to) };
      const range = { tagId: tag.id, from, to };

      if (query.maxPoints !== undefined) {
        const count = await countReadings(database, { ...range, atMost: query.maxPoints + 1 });
        const isMore = count > query.maxPoints;
        const rows = isMore
          ? await listExtremes(database, { ...range, buckets: Math.floor(query.maxPoints / 2) })
          : await listReadings(database, { ...range, limit: query.maxPoints });
        return {
          ...answer,
          resolution: isMore ? ('extremes' as const) : ('raw' as const),
          items: rows.map(presentReading),
          next: null,
        };
      }
      const after = timeCursor(query.cursor);
      const rows = await listReadings(database, {
        ...range,
        limit: query.limit + 1,
        ...(after ? { after: after.at } : {}),
      });
      return {
        ...answer,
        resolution: 'raw' as const,
        ...toPage(rows, query.limit, ({ at }) => [at, ''], presentReading),
      };
    },
  );

  async function requireTag(name: string): Promise<StoredTag> {
    const tag = name.includes('\u0000') ? null : await findTag(database, name);
    if (!tag) throw new ApiError(404, 'not_found', `there is no tag ${JSON.stringify(name)}`);
    return tag;
  }
}

function presentTag({ name, asset, unit, source, range, latest }: StoredTag, limits: readonly TagLimit[]) {
  return {
    name,
    asset,
    unit,
    source,
    range: range === null ? null : [...range],
    latest: latest && presentReading(latest),
    limits: limits.map((limit) => ({ ...limit })),
  };
}
