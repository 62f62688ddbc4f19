import { Type } from 'typebox';
import type { Alert } from '../../model/alert.ts';
import { alertPicturePath } from '../../model/alert-picture.ts';
import { ApiError } from '../../model/errors.ts';
import { EACH_ASSET } from '../../model/first-out.ts';
import { listAlertEvents } from '../../store/alert-journal.ts';
import { findAlert, listAlerts } from '../../store/alerts.ts';
import { withFirstOut } from '../../store/first-out.ts';
import { Page, PageQuery, timeCursor, toPage } from '../page.ts';
import { presentAlert, presentAlertEvent } from '../present.ts';
import { Problem, problemResponses } from '../problem.ts';
import { AlertDetail, AlertKindSchema, AlertSchema } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';
import { whyNotMoved } from '../why-not-moved.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Alerts: what a person must see, and that somebody has seen it. */
export function alertRoutes(routes: Routes, { database, command, captureOf, figuresOf, plant }: ApiServices): void {
  const firstOut = () => plant.firstOut ?? EACH_ASSET;
  routes.get(
    '/alerts',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['alerts'],
        summary: 'Alerts, newest first.',
        querystring: Type.Object({
          ...PageQuery,
          state: Type.Unsafe<'active' | 'all'>(
            Type.String({ enum: ['active', 'all'], default: 'all', description: '`active`: not normal again.' }),
          ),
          asset: Type.Optional(Type.String()),
          kind: Type.Optional(AlertKindSchema),
        }),
        response: { 200: Page(AlertSchema), ...problemResponses },
      },
    },
    async ({ query: { limit, cursor, state, asset, kind } }) => {
      const page = { state, asset, kind, after: uuidCursor(cursor), limit: limit + 1 };
      const rows = await withFirstOut(database, await listAlerts(database, page), firstOut());
      return toPage(rows, limit, ({ raisedAt, id }) => [raisedAt, id], presentAlert);
    },
  );

  routes.get(
    '/alerts/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['alerts'],
        summary: 'One alert with its journal.',
        params: Type.Object({ id: Type.String() }),
        response: { 200: AlertDetail, 404: Problem, ...problemResponses },
      },
    },
    async ({ params: { id } }) => {
      const alert = await requireAlert(id);
      const events = (await listAlertEvents(database, id)).map((event) => presentAlertEvent(event, plant.timezone));
      const picture = captureOf(alert.tag) && alertPicturePath(alert.id);
      return { ...presentAlert(alert), picture, figures: figuresOf(alert.rule), events };
    },
  );

  commandRoute('acknowledge', 'Says that somebody has seen the alert.');
  commandRoute('reset', 'Lets go of a latched alert, once its condition has gone and it was acknowledged.');

  function commandRoute(kind: 'acknowledge' | 'reset', summary: string): void {
    routes.post(
      `/alerts/:id/${kind}`,
      {
        config: { scope: 'operate' },
        schema: {
          tags: ['alerts'],
          summary,
          params: Type.Object({ id: Type.String() }),
          body: Type.Optional(
            Type.Union([
              Type.Object(
                { note: Type.Optional(Type.String({ maxLength: 2_000, pattern: '^[^\\u0000]*$' })) },
                { additionalProperties: false },
              ),
              Type.Null(),
            ]),
          ),
          response: { 200: AlertSchema, 404: Problem, 409: Problem, ...problemResponses },
        },
      },
      async ({ params: { id }, body, caller }) => {
        const alert = await requireAlert(id);
        const outcome = await command({
          kind,
          alert: alert.id,
          by: caller!.principal.name,
          ...(body?.note === undefined ? {} : { note: body.note }),
        });
        const now = await requireAlert(id);
        if (outcome === 'not active') throw new ApiError(409, 'conflict', whyNotMoved(kind, now));
        return presentAlert(now);
      },
    );
  }

  async function requireAlert(id: string): Promise<Alert> {
    const alert = UUID.test(id) ? await findAlert(database, id) : null;
    if (!alert) throw new ApiError(404, 'not_found', `there is no alert ${JSON.stringify(id)}`);
    const [known] = await withFirstOut(database, [alert], firstOut());
    return known!; // as many as were given
  }
}

/** A cursor whose id goes into a uuid column. */
export function uuidCursor(cursor: string | undefined): ReturnType<typeof timeCursor> {
  const after = timeCursor(cursor);
  if (after && !UUID.test(after.id))
    throw new ApiError(400, 'body_invalid', 'cursor is not one that this list gave out');
  return after;
}

/** Whether a text can be looked up as a uuid. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
