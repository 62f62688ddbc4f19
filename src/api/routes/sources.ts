import { Type } from 'typebox';
import { Page, PageQuery, textCursor, toPage } from '../page.ts';
import { presentSource } from '../present.ts';
import { problemResponses } from '../problem.ts';
import { SourceSchema } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';

/** Every adapter: how its link is, since when, and what came through it. */
export function sourceRoutes(routes: Routes, { sources }: ApiServices): void {
  routes.get(
    '/sources',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['plant'],
        summary: 'Sources, by id.',
        querystring: Type.Object(PageQuery),
        response: { 200: Page(SourceSchema), ...problemResponses },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const after = textCursor(cursor);
      const rows = sources()
        .filter(({ id }) => id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit + 1);
      return toPage(rows, limit, ({ id }) => id, presentSource);
    },
  );
}
