import { Type } from 'typebox';
import { formatTime } from '../../model/time.ts';
import type { Database } from '../../store/database.ts';
import { readColumns } from '../../store/history.ts';
import { answerValidated, markCacheable, NotModified } from '../cache.ts';
import { readChart } from '../history/chart.ts';
import { gapsOfReadings, keepLongest } from '../history/gaps.ts';
import { readingsJson } from '../history/readings-json.ts';
import { queryRange, RangeQuery, requireKnownTag } from '../history-query.ts';
import { ReadingsAnswer } from '../history-schemas.ts';
import { encodeCursor, PageQuery, timeCursor } from '../page.ts';
import { presentGap } from '../present.ts';
import { Problem, problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

// Of the type that the handler sends; the document says what it carries.
const ReadingsJson = Type.Unsafe<Buffer>(ReadingsAnswer);

/** Readings of one tag: every one, page by page, or a chart's worth of them. */
export function tagReadingsRoutes(routes: Routes, { database, knownTags, clock }: ApiServices): void {
  routes.get(
    '/tags/:tag/readings',
    {
      config: { scope: 'read' },
      onSend: answerValidated,
      schema: {
        tags: ['readings'],
        summary: 'Readings of one tag, oldest first, with gaps.',
        description:
          'Without `maxPoints`: every reading, page by page (`limit`, `cursor`). With `maxPoints`: at most that many in one answer; when there ' +
          'are more readings, the lowest and the highest of equal stretches, so that no spike is hidden, from readings or from rollups (`resolution`).',
        params: Type.Object({ tag: Type.String() }),
        querystring: Type.Object({
          ...RangeQuery,
          maxPoints: Type.Optional(Type.Integer({ minimum: 2, maximum: 10_000 })),
          method: Type.Unsafe<'extremes' | 'lttb'>(
            Type.String({
              enum: ['extremes', 'lttb'],
              default: 'extremes',
              description: 'How readings are thinned: `lttb` keeps the shape of the line, but may leave a spike out.',
            }),
          ),
          limit: Type.Integer({ minimum: 1, maximum: 10_000, default: 1_000 }),
          cursor: PageQuery.cursor,
        }),
        response: { 200: ReadingsJson, 304: NotModified, 404: Problem, ...problemResponses },
      },
    },
    async ({ params, query }, reply) => {
      const now = clock.now();
      const { from, to } = queryRange(query, now);
      const { limit, maxPoints, method } = query;
      const tag = await requireKnownTag(knownTags, params.tag, now);
      markCacheable(reply, to, now);
      reply.type('application/json; charset=utf-8');
      const asked = { tag: tag.name, unit: tag.unit, from: formatTime(from), to: formatTime(to) };
      if (maxPoints === undefined) {
        const after = timeCursor(query.cursor)?.at;
        const page = await readPage(database, { tagId: tag.id, from, to, limit, after, known: now });
        return readingsJson({ ...page, fields: { ...asked, ...page.fields } });
      }
      const chart = await readChart(database, { tagId: tag.id, from, to, maxPoints, method, known: now });
      const { points, gaps, ...told } = chart;
      return readingsJson({
        fields: { ...asked, ...told, gaps: gaps.map(presentGap) },
        readings: points,
        next: null,
      });
    },
  );
}

async function readPage(
  database: Database,
  query: {
    readonly tagId: number;
    readonly from: number;
    readonly to: number;
    readonly limit: number;
    readonly after: number | undefined;
    readonly known: number;
  },
) {
  const { from, to, limit, after, known } = query;
  const found = await readColumns(database, { ...query, limit: limit + 1 });
  const isLast = found.at.length <= limit;
  const page = { at: found.at.subarray(0, limit), value: found.value, quality: found.quality };
  // A gap between two pages belongs to the later one.
  const { gaps, gapAfterMs } = gapsOfReadings(page, {
    from: after ?? from,
    to: isLast ? Math.min(to, known) : page.at.at(-1)!,
  });
  const kept = keepLongest(gaps, limit);
  return {
    fields: {
      resolution: 'raw',
      method: 'every',
      timeStepMs: 0,
      gapAfterMs,
      gaps: kept.gaps.map(presentGap),
      gapsOmitted: kept.omitted,
    },
    readings: found,
    count: page.at.length,
    next: isLast ? null : encodeCursor([page.at.at(-1)!, '']),
  };
}
