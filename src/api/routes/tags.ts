import { Type } from 'typebox';
import type { Reading } from '../../model/reading.ts';
import { listTags, type StoredTag } from '../../store/tags.ts';
import { requireTag } from '../history-query.ts';
import { Page, PageQuery, textCursor, toPage } from '../page.ts';
import { presentReading } from '../present.ts';
import { Problem, problemResponses } from '../problem.ts';
import { TagSchema } from '../schemas.ts';
import type { ApiServices, Routes, TagLimit } from '../services.ts';

/** Tags with their newest reading. */
export function tagRoutes(routes: Routes, { database, limitsOf, typeOf, saysOf, newest }: ApiServices): void {
  const present = (tag: StoredTag) =>
    presentTag(tag, {
      limits: limitsOf(tag.name),
      type: typeOf(tag.name),
      says: saysOf(tag.name),
      durable: newest.newestOf(tag.name),
    });
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
      return toPage(rows, limit, ({ name }) => name, present);
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
    async ({ params }) => present(await requireTag(database, params.tag)),
  );
}

function presentTag(
  { name, asset, unit, source, range, latest: stored }: StoredTag,
  now: {
    readonly limits: readonly TagLimit[];
    readonly type: 'number' | 'text' | null;
    readonly says: string | null;
    readonly durable: Reading | null;
  },
) {
  const { limits, type, says, durable } = now;
  // A retired tag is known to the database only.
  const latest = durable !== null && durable.at > (stored?.at ?? Number.NEGATIVE_INFINITY) ? durable : stored;
  return {
    name,
    asset,
    type,
    unit,
    says,
    source,
    range: range === null ? null : [...range],
    latest: latest && presentReading(latest),
    limits: limits.map((limit) => ({ ...limit })),
  };
}
