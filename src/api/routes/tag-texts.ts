import { Type } from 'typebox';
import { listTexts, listTextsBackwards } from '../../store/texts.ts';
import { queryRange, RangeQuery, requireTag } from '../history-query.ts';
import { Page, PageQuery, timeCursor, toPage } from '../page.ts';
import { presentText } from '../present.ts';
import { Problem, problemResponses } from '../problem.ts';
import { TextItem } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';

const First = Type.Union([Type.Literal('oldest'), Type.Literal('newest')], {
  default: 'oldest',
  description: 'Which text stands first.',
});

/** What a tag said in words. */
export function tagTextRoutes(routes: Routes, { database, clock }: ApiServices): void {
  routes.get(
    '/tags/:tag/texts',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['readings'],
        summary: 'Texts of one tag, in the order of time.',
        description: 'Readings that are texts are here; those that are numbers are in `/tags/{tag}/readings`.',
        params: Type.Object({ tag: Type.String() }),
        querystring: Type.Object({ ...RangeQuery, ...PageQuery, first: First }),
        response: { 200: Page(TextItem), 404: Problem, ...problemResponses },
      },
    },
    async ({ params, query: { limit, cursor, first, ...query } }) => {
      const range = queryRange(query, clock.now());
      const { id: tagId } = await requireTag(database, params.tag);
      const last = timeCursor(cursor)?.at;
      const page = { tagId, ...range, limit: limit + 1 };
      const texts =
        first === 'oldest'
          ? await listTexts(database, { ...page, after: last })
          : await listTextsBackwards(database, { ...page, before: last });
      return toPage(texts, limit, ({ at }) => [at, ''], presentText);
    },
  );
}
