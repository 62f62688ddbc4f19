import { Type } from 'typebox';
import { DURATION_PATTERN, parseDuration } from '../../model/duration.ts';
import { ApiError } from '../../model/errors.ts';
import { dayEdges, type PlantDays, plantDays } from '../../model/plant-day.ts';
import type { EpochMs } from '../../model/reading.ts';
import { GRAIN_MS, grainDividing, grainMeeting } from '../../model/rollup.ts';
import { formatTime } from '../../model/time.ts';
import { countReadings } from '../../store/history.ts';
import { listAligned, listAlignedBetween, type StepValue } from '../../store/history-aggregates.ts';
import { answerValidated, markCacheable, NotModified } from '../cache.ts';
import { layOut, stepFor } from '../history/align.ts';
import { createGate } from '../history/gate.ts';
import { listTagsOfQuery, queryRange, RangeQuery, requireAtMost, requireTags, TagsQuery } from '../history-query.ts';
import { AlignedAnswer } from '../history-schemas.ts';
import { Problem, problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

const MOST_TAGS = 50;
const MOST_CELLS = 100_000;
const MOST_AT_ONCE = 3;

/** Several tags side by side, on one column of times. */
export function alignedRoutes(routes: Routes, services: ApiServices): void {
  const { database, clock } = services;
  let days: PlantDays | null = null; // asked for late: the document of the API is made without a plant
  const gate = createGate(MOST_AT_ONCE, 'requests for several tags');

  routes.get(
    '/readings',
    {
      config: { scope: 'read' },
      preValidation: listTagsOfQuery,
      onSend: answerValidated,
      schema: {
        tags: ['readings'],
        summary: 'Several tags aligned in time.',
        description:
          'Time is cut into steps that begin at multiples of `step` since 1970 UTC, of whole days since 1970 by the clock of the plant; `from` is moved ' +
          'down and `to` up to such a time. Each tag has one value a step, of the readings with `at` in it; a step without any is null. Steps of whole ' +
          'minutes come from rollups.',
        querystring: Type.Object({
          tag: TagsQuery(MOST_TAGS),
          ...RangeQuery,
          step: Type.Optional(
            Type.String({
              pattern: DURATION_PATTERN,
              description: 'Length of a step, e.g. `10s`, `5m`, `1h`; default: so that there are about 500.',
            }),
          ),
          value: Type.Unsafe<StepValue>(
            Type.String({
              enum: ['avg', 'min', 'max', 'last'],
              default: 'avg',
              description: 'What stands for a step.',
            }),
          ),
        }),
        response: { 200: AlignedAnswer, 304: NotModified, 404: Problem, 422: Problem, ...problemResponses },
      },
    },
    async ({ query }, reply) => {
      const now = clock.now();
      const asked = queryRange(query, now);
      const stepMs = query.step === undefined ? stepFor(asked.to - asked.from) : (parseDuration(query.step) ?? 0);
      if (stepMs < 1) throw new ApiError(400, 'body_invalid', 'step must be at least 1ms');
      const tags = await requireTags(database, query.tag);
      days ??= plantDays(services.plant.timezone);
      const { edges, from, to, steps } = cut(asked, stepMs, days);
      if (steps * tags.length > MOST_CELLS)
        throw new ApiError(
          422,
          'range_too_large',
          `${steps} steps of ${tags.length} tags are more than ${MOST_CELLS} values: use a longer step, a shorter range or fewer tags`,
        );
      const grain = edges === null ? grainDividing(stepMs) : grainMeeting(edges);
      const tagIds = tags.map(({ id }) => id);
      if (grain === 'raw')
        requireAtMost(await countReadings(database, { tagIds, from, to }), 'readings', 'use a step of whole minutes');
      else
        requireAtMost(
          tags.length * Math.ceil((to - from) / GRAIN_MS[grain]),
          'rollups',
          adviseOn(edges, services.plant.timezone),
        );
      const rows = await gate.run(() => {
        const asked = { tagIds, grain, value: query.value };
        return edges === null
          ? listAligned(database, { ...asked, from, to, stepMs })
          : listAlignedBetween(database, { ...asked, edges });
      });
      markCacheable(reply, to, now);
      const columns = layOut(rows, tagIds, steps);
      return {
        from: formatTime(from),
        to: formatTime(to),
        stepMs,
        value: query.value,
        resolution: grain,
        at: edges?.slice(0, -1) ?? Array.from({ length: steps }, (_, i) => from + i * stepMs),
        columns: tags.map(({ name, unit }, i) => ({ tag: name, unit, ...columns[i]! })),
      };
    },
  );
}

/** What to ask for instead of what needs too many rollups. */
function adviseOn(edges: readonly EpochMs[] | null, timezone: string): string {
  if (edges === null) return 'use a step of whole hours or days';
  if (grainMeeting(edges) !== 'minute') return 'use a shorter range or fewer tags';
  return `days in ${timezone} begin between two hours of UTC and come from minutes: use a shorter range, fewer tags, or a step of hours such as 12h`;
}

const DAY_MS = 86_400_000;

/** Steps of equal length, or, of whole days, those of the plant: `edges` are where they begin, and the end of the last. */
function cut(asked: { readonly from: EpochMs; readonly to: EpochMs }, stepMs: number, days: PlantDays) {
  if (stepMs % DAY_MS !== 0) {
    const from = Math.floor(asked.from / stepMs) * stepMs;
    const to = Math.ceil(asked.to / stepMs) * stepMs;
    return { edges: null, from, to, steps: Math.round((to - from) / stepMs) };
  }
  const edges = dayEdges(days, { ...asked, days: stepMs / DAY_MS });
  return { edges, from: edges[0]!, to: edges.at(-1)!, steps: edges.length - 1 };
}
