import { Type } from 'typebox';
import { listTexts } from '../../store/texts.ts';
import { queryRange, RangeQuery, requireTag } from '../history-query.ts';
import { Page, PageQuery, timeCursor, toPage } from '../page.ts';
import { presentText } from '../present.ts';
import { Problem, problemResponses } from '../problem.ts';
import { TextItem } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';

/** What a tag said in words. */
export function tagTextRoutes(routes: Routes, { database, clock }: ApiServices): void {
  routes.get(
    '/tags/:tag/texts',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['readings'],
        summary: 'Texts of one tag, oldest first.',
        description: 'Readings that are texts are here; those that are numbers are in `/tags/{tag}/readings`.',
        params: Type.Object({ tag: Type.String() }),
        querystring: Type.Object({ ...RangeQuery, ...PageQuery }),
        response: { 200: Page(TextItem), 404: Problem, ...problemResponses },
      },
    },
    async ({ params, query: { limit, cursor, ...query } }) => {
      const range = queryRange(query, clock.now());
      const { id: tagId } = await requireTag(database, params.tag);
      const after = timeCursor(cursor)?.at;
      const texts = await listTexts(database, { tagId, ...range, limit: limit + 1, after });
      return toPage(texts, limit, ({ at }) => [at, ''], presentText);
    },
  );
}
