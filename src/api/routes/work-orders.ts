import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import { formatTime } from '../../model/time.ts';
import type { WorkOrder } from '../../model/work-order.ts';
import { listJobEvents } from '../../store/alert-journal.ts';
import type { Session } from '../../store/database.ts';
import { listWorkOrderEntries } from '../../store/work-order-progress.ts';
import { findWorkOrder, listWorkOrders } from '../../store/work-orders.ts';
import { Page, PageQuery, toPage } from '../page.ts';
import { presentAlertEvent, presentWorkOrder } from '../present.ts';
import { Problem, problemResponses } from '../problem.ts';
import { WorkOrderDetail, WorkOrderSchema } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';
import { uuidCursor } from './alerts.ts';

/** The jobs that alerts led to. */
export function workOrderRoutes(routes: Routes, { database, plant }: ApiServices): void {
  routes.get(
    '/work-orders',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['maintenance'],
        summary: 'Work orders, newest first.',
        querystring: Type.Object(PageQuery),
        response: { 200: Page(WorkOrderSchema), ...problemResponses },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const rows = await listWorkOrders(database, { after: uuidCursor(cursor), limit: limit + 1 });
      return toPage(rows, limit, ({ createdAt, id }) => [createdAt, id], presentWorkOrder);
    },
  );

  routes.get(
    '/work-orders/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['maintenance'],
        summary: 'One work order, by id or number, with its journal and that of its alerts.',
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        response: { 200: WorkOrderDetail, 404: Problem, ...problemResponses },
      },
    },
    async ({ params: { id } }) => {
      const order = await requireWorkOrder(database, id);
      const [events, actions] = await Promise.all([
        listJobEvents(database, order.id),
        listWorkOrderEntries(database, order.id),
      ]);
      return {
        ...presentWorkOrder(order),
        events: events.map((event) => presentAlertEvent(event, plant.timezone)),
        actions: actions.map(({ at, ...action }) => ({ ...action, at: formatTime(at) })),
      };
    },
  );
}

/** A work order by id or number; throws `not_found`. */
export async function requireWorkOrder(session: Session, id: string): Promise<WorkOrder> {
  const order = id.includes('\u0000') ? null : await findWorkOrder(session, id);
  if (!order) throw new ApiError(404, 'not_found', `there is no work order ${JSON.stringify(id)}`);
  return order;
}
