import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import { formatOptionalTime, formatTime } from '../../model/time.ts';
import { listQuarantined, type StoredQuarantineEntry } from '../../store/quarantine.ts';
import { Page, PageQuery, timeCursor, toPage } from '../page.ts';
import { problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

const Time = Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' });
const nullableText = Type.Union([Type.String(), Type.Null()]);

const QuarantineSchema = Type.Object(
  {
    id: Type.String(),
    quarantinedAt: Time,
    source: nullableText,
    tag: Type.String(),
    at: Type.Union([Time, Type.Null()]),
    value: Type.Union([Type.String(), Type.Null()], {
      description: 'As text: as it came. Of a waveform or thermal frame: what it was, without its samples.',
    }),
    reason: Type.String({ description: 'SQLSTATE of the refusal, for example 22003 or 23514.' }),
    detail: Type.String({ description: 'What the database said.' }),
  },
  { title: 'Quarantined' },
);

/** What was accepted and then refused by the database. */
export function quarantineRoutes(routes: Routes, { database }: ApiServices): void {
  routes.get(
    '/quarantine',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['readings'],
        summary: 'Quarantined readings, newest first.',
        description:
          'Readings that were accepted and that the database will never take, each with why. What was not accepted is not here: its sender was told, ' +
          'and its source counts it.',
        querystring: Type.Object(PageQuery),
        response: { 200: Page(QuarantineSchema), ...problemResponses },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const after = timeCursor(cursor);
      if (after && !/^\d{1,18}$/.test(after.id)) throw new ApiError(400, 'body_invalid', 'cursor is not one of ours');
      const rows = await listQuarantined(database, { after, limit: limit + 1 });
      return toPage(rows, limit, ({ quarantinedAt, id }) => [quarantinedAt, id], present);
    },
  );
}

function present({ at, quarantinedAt, ...entry }: StoredQuarantineEntry) {
  return { ...entry, quarantinedAt: formatTime(quarantinedAt), at: formatOptionalTime(at) };
}
