import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import { listDeliveries } from '../../store/deliveries.ts';
import { Page, PageQuery, timeCursor, toPage } from '../page.ts';
import { presentDelivery } from '../present.ts';
import { problemResponses } from '../problem.ts';
import { DeliverySchema } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';
import { isUuid } from './alerts.ts';

/** What was sent to whom, and whether it arrived. */
export function deliveryRoutes(routes: Routes, { database }: ApiServices): void {
  routes.get(
    '/deliveries',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['webhooks'],
        summary: 'Deliveries, newest first.',
        querystring: Type.Object({
          ...PageQuery,
          alert: Type.Optional(Type.String({ description: 'Only those of this alert.' })),
        }),
        response: { 200: Page(DeliverySchema), ...problemResponses },
      },
    },
    async ({ query: { limit, cursor, alert } }) => {
      if (alert !== undefined && !isUuid(alert)) throw new ApiError(400, 'body_invalid', 'alert is the id of an alert');
      const rows = await listDeliveries(database, { alert, after: timeCursor(cursor), limit: limit + 1 });
      return toPage(rows, limit, ({ createdAt, id }) => [createdAt, id], presentDelivery);
    },
  );
}
