import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import { formatTime } from '../../model/time.ts';
import type { Database } from '../../store/database.ts';
import type { TagRange } from '../../store/history.ts';
import {
  deviationOfReadings,
  gapAfterOfReadings,
  type Moments,
  percentilesOfReadings,
  sumMoments,
  sumStateTimes,
} from '../../store/history-aggregates.ts';
import { answerValidated, markCacheable, NotModified } from '../cache.ts';
import { createGate } from '../history/gate.ts';
import { deviationOfMoments } from '../history/moments.ts';
import { stateTimes } from '../history/state-times.ts';
import { MOST_READINGS, queryRange, RangeQuery, requireAtMost, requireTag } from '../history-query.ts';
import { AggregatesAnswer } from '../history-schemas.ts';
import { Problem, problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

const FUNCTIONS = ['avg', 'min', 'max', 'stddev', 'percentiles', 'timeInState'] as const;
const NUMBERS = '^-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?(,-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?){0,19}$';
const MOST_AT_ONCE = 3;

/** Figures of one tag over a range. */
export function aggregateRoutes(routes: Routes, { database, clock }: ApiServices): void {
  const gate = createGate(MOST_AT_ONCE, 'requests for figures of single readings');

  routes.get(
    '/tags/:tag/aggregates',
    {
      config: { scope: 'read' },
      onSend: answerValidated,
      schema: {
        tags: ['readings'],
        summary: 'Mean, extremes, deviation, percentiles and time in state of one tag.',
        description:
          'Over the readings in the range whose value is there and not bad. Mean, extremes and deviation come from rollups, at the ends from ' +
          'readings, so the range is exact however long it is. Percentiles and time in state read every reading: at most a million.',
        params: Type.Object({ tag: Type.String() }),
        querystring: Type.Object({
          ...RangeQuery,
          functions: Type.String({
            pattern: `^(${FUNCTIONS.join('|')})(,(${FUNCTIONS.join('|')}))*$`,
            default: 'avg,min,max,stddev',
            description: `Some of ${FUNCTIONS.join(', ')}, with commas.`,
          }),
          percentiles: Type.String({
            pattern: NUMBERS,
            default: '5,50,95',
            description: 'From 0 to 100, with commas.',
          }),
          limits: Type.Optional(
            Type.String({
              pattern: NUMBERS,
              description: 'For `timeInState`: ascending values between states, tag unit.',
            }),
          ),
          values: Type.Optional(
            Type.String({ pattern: NUMBERS, description: 'For `timeInState`: values each of which is a state.' }),
          ),
        }),
        response: { 200: AggregatesAnswer, 304: NotModified, 404: Problem, 422: Problem, ...problemResponses },
      },
    },
    async ({ params, query }, reply) => {
      const now = clock.now();
      const { from, to } = queryRange(query, now);
      const asked = new Set(query.functions.split(','));
      const percentiles = numbersOf(query.percentiles);
      if (percentiles.some((each) => each < 0 || each > 100))
        throw new ApiError(400, 'body_invalid', 'percentiles are from 0 to 100');
      const states = asked.has('timeInState') ? statesOf(query) : null;
      const tag = await requireTag(database, params.tag);
      const range = { tagId: tag.id, from, to };
      const moments = await sumMoments(database, range);
      const { n, nGood, nUsed, min, max } = moments;
      if (asked.has('percentiles') || states !== null)
        requireAtMost(n, 'readings', 'ask for a shorter range, or for avg, min, max and stddev only');
      const figures = await gate.run(async () => ({
        ...(asked.has('stddev') ? { stddev: await deviation(database, range, moments) } : {}),
        ...(asked.has('percentiles') ? { percentiles: await percentilesOf(database, range, percentiles) } : {}),
        ...(states === null ? {} : { timeInState: await timeInState(database, range, states, now) }),
      }));
      markCacheable(reply, to, now);
      return {
        tag: tag.name,
        unit: tag.unit,
        from: formatTime(from),
        to: formatTime(to),
        ...{ n, nGood, nUsed },
        ...(asked.has('avg') ? { avg: nUsed === 0 ? null : (moments.sum ?? 0) / nUsed } : {}),
        ...(asked.has('min') ? { min } : {}),
        ...(asked.has('max') ? { max } : {}),
        ...figures,
      };
    },
  );
}

type States = { readonly by: 'limits' | 'values'; readonly numbers: readonly number[] };

function statesOf({ limits, values }: { limits?: string; values?: string }): States {
  if ((limits === undefined) === (values === undefined))
    throw new ApiError(400, 'body_invalid', 'timeInState needs either limits or values');
  if (values !== undefined) return { by: 'values', numbers: numbersOf(values) };
  const numbers = numbersOf(limits ?? '');
  if (numbers.some((each, i) => i > 0 && each <= numbers[i - 1]!))
    throw new ApiError(400, 'body_invalid', 'limits must be ascending');
  return { by: 'limits', numbers };
}

/** Sums of squares lose small deviations of large values; then the readings themselves are asked, when they are not too many. */
async function deviation(database: Database, range: TagRange, moments: Moments): Promise<number | null> {
  const stddev = deviationOfMoments(moments);
  if (stddev !== 'not exact') return stddev;
  return moments.n <= MOST_READINGS ? await deviationOfReadings(database, range) : null;
}

async function percentilesOf(database: Database, range: TagRange, percentiles: readonly number[]) {
  const fractions = percentiles.map((each) => each / 100);
  const values = await percentilesOfReadings(database, { ...range, fractions });
  return percentiles.map((percentile, i) => ({ percentile, value: values[i] ?? null }));
}

async function timeInState(database: Database, range: TagRange, states: States, now: number) {
  const known = { ...range, to: Math.max(range.from, Math.min(range.to, now)) };
  const gapAfterMs = await gapAfterOfReadings(database, known);
  const found = gapAfterMs === null ? [] : await sumStateTimes(database, { ...known, states, gapAfterMs });
  return { ...stateTimes(found, states, range.to - range.from), gapAfterMs };
}

function numbersOf(text: string): number[] {
  return text.split(',').map(Number);
}
