import { Type } from 'typebox';
import { listTagsOfQuery, TagsQuery } from '../history-query.ts';
import { LatestAnswer } from '../history-schemas.ts';
import { NewestTexts } from '../newest-texts.ts';
import { PageQuery, textCursor } from '../page.ts';
import { problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

// Of the type that the handler sends; the document says what it carries.
const LatestText = Type.Unsafe<string>(LatestAnswer);

/** Newest readings only: what a dashboard asks for again and again. From memory: the database is not asked. */
export function latestRoutes(routes: Routes, { newest }: ApiServices): void {
  const texts = new NewestTexts();

  routes.get(
    '/latest',
    {
      config: { scope: 'read' },
      preValidation: listTagsOfQuery,
      schema: {
        tags: ['readings'],
        summary: 'The newest reading of every tag that has one, or of some, by name.',
        description:
          'What is durable, so up to the lag of the writer newer than what history has. Not among them: tags that the plant file no longer names.',
        querystring: Type.Object({
          tag: Type.Optional(TagsQuery(1_000)),
          limit: Type.Integer({ minimum: 1, maximum: 10_000, default: 10_000 }),
          cursor: PageQuery.cursor,
        }),
        response: { 200: LatestText, ...problemResponses },
      },
    },
    async ({ query: { tag, limit, cursor } }, reply) => {
      const page = { after: textCursor(cursor), limit };
      reply.header('content-type', 'application/json; charset=utf-8');
      if (tag === undefined) return texts.page(newest.newest(), page);
      const named = [...new Set(tag)].sort().flatMap((name) => {
        const reading = newest.newestOf(name);
        return reading === null ? [] : [{ tag: name, reading }];
      });
      return new NewestTexts().page(named, page);
    },
  );
}
