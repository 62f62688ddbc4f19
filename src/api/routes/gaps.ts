import { type Static, Type } from 'typebox';
import { GAP_REASONS, type Gap, type GapReason } from '../../model/gap.ts';
import { formatOptionalTime, formatTime } from '../../model/time.ts';
import { listGaps } from '../../store/gaps.ts';
import { Page, PageQuery, queryTime, timeCursor, toPage } from '../page.ts';
import { problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

const Time = Type.String({ format: 'date-time' });
const orNull = <T extends Parameters<typeof Type.Array>[0]>(schema: T) => Type.Union([schema, Type.Null()]);

const GapSchema = Type.Object(
  {
    id: Type.String(),
    state: Type.Unsafe<'open' | 'closed'>(Type.String({ enum: ['open', 'closed'] })),
    source: Type.String(),
    tag: orNull(Type.String({ description: 'Null: every tag of the source, or batches that a client numbered.' })),
    stream: orNull(Type.String({ description: 'The client whose batch numbers have a hole.' })),
    from: Type.String({ format: 'date-time', description: 'Last reading before what is missing.' }),
    to: orNull(Type.String({ format: 'date-time', description: 'First reading after it; null while it lasts.' })),
    firstSequence: orNull(Type.Integer({ description: 'First batch number that is missing.' })),
    lastSequence: orNull(Type.Integer({ description: 'Last batch number that is missing.' })),
    reason: Type.Unsafe<GapReason>(Type.String({ enum: [...GAP_REASONS] })),
    openedAt: Time,
    closedAt: orNull(Time),
  },
  { title: 'LedgerGap' },
);

/** What was due and is missing, and what came later. */
export function gapRoutes(routes: Routes, { database }: ApiServices): void {
  routes.get(
    '/gaps',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['readings'],
        summary: 'Gaps in the data, last opened first.',
        description:
          'A gap is open until the data came later, shrinks while it comes, and is then closed. `tag` also finds the gaps of the tag’s whole ' +
          'source; `from` and `to` find those that reach into this time.',
        querystring: Type.Object({
          ...PageQuery,
          source: Type.Optional(Type.String()),
          tag: Type.Optional(Type.String()),
          state: Type.Optional(Type.Unsafe<'open' | 'closed'>(Type.String({ enum: ['open', 'closed'] }))),
          from: Type.Optional(Type.String({ description: 'RFC 3339 or ms since 1970.' })),
          to: Type.Optional(Type.String({ description: 'RFC 3339 or ms since 1970.' })),
        }),
        response: { 200: Page(GapSchema), ...problemResponses },
      },
    },
    async ({ query: { limit, cursor, source, tag, state, from, to } }) => {
      const times = { from: queryTime(from, 'from'), to: queryTime(to, 'to') };
      const rows = await listGaps(database, {
        source,
        tag,
        state,
        ...times,
        after: timeCursor(cursor),
        limit: limit + 1,
      });
      return toPage(rows, limit, ({ openedAt, id }) => [openedAt, id], presentGap);
    },
  );
}

function presentGap(gap: Gap): Static<typeof GapSchema> {
  const { from, to, openedAt, closedAt } = gap;
  return {
    ...gap,
    state: closedAt === null ? 'open' : 'closed',
    from: formatTime(from),
    to: formatOptionalTime(to),
    openedAt: formatTime(openedAt),
    closedAt: formatOptionalTime(closedAt),
  };
}
