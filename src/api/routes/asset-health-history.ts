import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import type { EpochMs } from '../../model/reading.ts';
import { formatTime } from '../../model/time.ts';
import {
  type HealthStretch,
  listHealthChanges,
  listHealthSteps,
  listHealthStretches,
  readHealthSeen,
} from '../../store/asset-health.ts';
import { hasAsset } from '../../store/tags.ts';
import { HealthChangesSchema, HealthHistorySchema } from '../asset-health-schemas.ts';
import { createTurns } from '../history/turns.ts';
import { queryRange } from '../history-query.ts';
import { queryTime } from '../page.ts';
import { Problem, problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

const TURNS = { places: 2, waiting: 200, what: 'requests for the history of health' } as const;
const WEEK_MS = 7 * 86_400_000;
/** A year in which it changed five times a day. */
const MOST_STRETCHES = 2_000;
const STEPS = 500;

const Range = {
  from: Type.Optional(
    Type.String({ description: 'RFC 3339 or ms since 1970; inclusive; default: seven days before `to`.' }),
  ),
  to: Type.Optional(Type.String({ description: 'RFC 3339 or ms since 1970; exclusive; default: now.' })),
};

/** How the health of machines was: of one, and of all those that were worst. */
export function assetHealthHistoryRoutes(routes: Routes, { database, clock }: ApiServices): void {
  const turns = createTurns(TURNS);

  routes.get(
    '/assets/:asset/health/history',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['health'],
        summary: 'How the health of one asset was.',
        description: 'It is looked at every 30 s and kept where it has changed, in hundredths.',
        params: Type.Object({ asset: Type.String() }),
        querystring: Type.Object(Range),
        response: { 200: HealthHistorySchema, 404: Problem, ...problemResponses },
      },
    },
    ({ params: { asset }, query }) => {
      const { from, to } = weekRange(query, clock.now());
      return turns.run(async () => {
        if (asset.includes('\u0000') || !(await hasAsset(database, asset)))
          throw new ApiError(404, 'not_found', `there is no asset ${JSON.stringify(asset)}`);
        const seenUntil = await readHealthSeen(database);
        const { stepMs, stretches } = await readStretches({ asset, from, to: Math.min(to, seenUntil ?? from) });
        return {
          asset,
          from: formatTime(from),
          to: formatTime(to),
          seenUntil: seenUntil === null ? null : formatTime(seenUntil),
          stepMs,
          items: stretches.map((one) => ({ ...one, from: formatTime(one.from), to: formatTime(one.to) })),
        };
      });
    },
  );

  async function readStretches(range: {
    readonly asset: string;
    readonly from: EpochMs;
    readonly to: EpochMs;
  }): Promise<{
    readonly stepMs: number;
    readonly stretches: readonly HealthStretch[];
  }> {
    if (range.to <= range.from) return { stepMs: 0, stretches: [] };
    const stretches = await listHealthStretches(database, { ...range, limit: MOST_STRETCHES + 1 });
    if (stretches.length <= MOST_STRETCHES) return { stepMs: 0, stretches };
    const stepMs = Math.ceil((range.to - range.from) / STEPS);
    return { stepMs, stretches: await listHealthSteps(database, { ...range, stepMs }) };
  }

  routes.get(
    '/health/changes',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['health'],
        summary: 'Which assets are worst, and how their health changed: for the report of a week.',
        querystring: Type.Object({
          ...Range,
          limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 20, description: 'Most assets to answer with.' }),
        }),
        response: { 200: HealthChangesSchema, ...problemResponses },
      },
    },
    ({ query }) => {
      const { from, to } = weekRange(query, clock.now());
      return turns.run(async () => {
        const seenUntil = await readHealthSeen(database);
        const until = Math.min(to, seenUntil ?? from);
        const changes = until > from ? await listHealthChanges(database, { from, to: until, limit: query.limit }) : [];
        return {
          from: formatTime(from),
          to: formatTime(to),
          items: changes.map(({ lowestAt, ...change }) => ({
            ...change,
            lowestAt: lowestAt === null ? null : formatTime(lowestAt),
          })),
        };
      });
    },
  );
}

function weekRange(
  query: { readonly from?: string; readonly to?: string },
  now: EpochMs,
): ReturnType<typeof queryRange> {
  const to = queryTime(query.to, 'to') ?? now;
  return queryRange({ from: query.from ?? String(Math.max(0, to - WEEK_MS)), to: String(to) }, now);
}
