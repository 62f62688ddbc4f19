import { Type } from 'typebox';
import { listAssets } from '../../store/tags.ts';
import { Page, PageQuery, textCursor, toPage } from '../page.ts';
import { problemResponses } from '../problem.ts';
import { AssetSchema } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';

/** The equipment of the plant. */
export function assetRoutes(routes: Routes, { database }: ApiServices): void {
  routes.get(
    '/assets',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['plant'],
        summary: 'Assets, by id.',
        querystring: Type.Object(PageQuery),
        response: { 200: Page(AssetSchema), ...problemResponses },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const rows = await listAssets(database, { after: textCursor(cursor), limit: limit + 1 });
      return toPage(
        rows,
        limit,
        ({ id }) => id,
        (asset) => ({ ...asset, tags: [...asset.tags] }),
      );
    },
  );
}
