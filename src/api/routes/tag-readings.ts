import { Type } from 'typebox';
import { formatTime } from '../../model/time.ts';
import type { Database } from '../../store/database.ts';
import { readColumns, toReadings } from '../../store/history.ts';
import { answerValidated, markCacheable, NotModified } from '../cache.ts';
import { type Chart, readChart } from '../history/chart.ts';
import { gapsOfReadings, keepLongest } from '../history/gaps.ts';
import { queryRange, RangeQuery, requireTag } from '../history-query.ts';
import { ReadingsAnswer } from '../history-schemas.ts';
import { PageQuery, timeCursor, toPage } from '../page.ts';
import { presentGap, presentReading } from '../present.ts';
import { Problem, problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

/** Most tags whose ids are remembered; with more, all are forgotten. */
const MOST_IDS = 10_000;

/** Readings of one tag: every one, page by page, or a chart's worth of them. */
export function tagReadingsRoutes(routes: Routes, { database, clock }: ApiServices): void {
  const ids = new Map<string, number>();
  routes.get(
    '/tags/:tag/readings',
    {
      config: { scope: 'read' },
      onSend: answerValidated,
      // A compiled schema tries "number or null" out, value by value: for 10,000 readings 13 ms of CPU, this 5.
      serializerCompiler: () => (answer) => JSON.stringify(answer),
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
        response: { 200: ReadingsAnswer, 304: NotModified, 404: Problem, ...problemResponses },
      },
    },
    async ({ params, query }, reply) => {
      const now = clock.now();
      const { from, to } = queryRange(query, now);
      const { limit, maxPoints, method } = query;
      const chartOf = (tagId: number) =>
        readChart(database, { tagId, from, to, maxPoints: maxPoints!, method, known: now });
      // A tag keeps its id: the chart need not wait for the question what it is. Should it be another one, it is drawn again.
      const knownId = maxPoints === undefined ? undefined : ids.get(params.tag);
      const ahead = knownId === undefined ? null : chartOf(knownId);
      ahead?.catch(() => undefined); // told below, unless there is no such tag
      const tag = await requireTag(database, params.tag);
      markCacheable(reply, to, now);
      const answer = { tag: tag.name, unit: tag.unit, from: formatTime(from), to: formatTime(to) };
      if (maxPoints === undefined) {
        const after = timeCursor(query.cursor)?.at;
        return { ...answer, ...(await readPage(database, { tagId: tag.id, from, to, limit, after, known: now })) };
      }
      const drawn: Chart = await (ahead !== null && knownId === tag.id ? ahead : chartOf(tag.id));
      if (ids.size >= MOST_IDS) ids.clear();
      ids.set(tag.name, tag.id);
      const { points, gaps, ...chart } = drawn;
      return { ...answer, ...chart, gaps: gaps.map(presentGap), items: points.map(presentReading), next: null };
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
    resolution: 'raw' as const,
    method: 'every' as const,
    timeStepMs: 0,
    gapAfterMs,
    gaps: kept.gaps.map(presentGap),
    gapsOmitted: kept.omitted,
    ...toPage(toReadings(found), limit, ({ at }) => [at, ''], presentReading),
  };
}
