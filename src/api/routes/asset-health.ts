import { Type } from 'typebox';
import type { AssetHealth } from '../../model/asset-health.ts';
import { ApiError } from '../../model/errors.ts';
import { formatOptionalTime, formatTime } from '../../model/time.ts';
import { hasAsset, listAssets } from '../../store/tags.ts';
import { AssetHealthSchema, HealthItemSchema } from '../asset-health-schemas.ts';
import { createTurns } from '../history/turns.ts';
import { Page, PageQuery, textCursor, toPage } from '../page.ts';
import { presentLife } from '../present.ts';
import { Problem, problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

/** One at a time of each screen on the wall is soon enough. */
const TURNS = { places: 2, waiting: 200, what: 'requests for the health of assets' } as const;

/** What the routes are made of besides the database. */
export interface AssetHealthServices {
  /** How assets are, in the order given. */
  readonly healthOf: (assets: readonly string[]) => Promise<readonly AssetHealth[]>;
}

/** How machines are: what pulls them down, what is likely wrong, and what to measure next. */
export function assetHealthRoutes(routes: Routes, { database, healthOf }: ApiServices): void {
  const turns = createTurns(TURNS);

  routes.get(
    '/health',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['health'],
        summary: 'Health of every asset, by id.',
        querystring: Type.Object(PageQuery),
        response: { 200: Page(HealthItemSchema), ...problemResponses },
      },
    },
    ({ query: { limit, cursor } }) =>
      turns.run(async () => {
        const assets = await listAssets(database, { after: textCursor(cursor), limit: limit + 1 });
        const healths = await healthOf(assets.map(({ id }) => id));
        return toPage(
          healths,
          limit,
          ({ asset }) => asset,
          ({ asset, at, health, confidence, says, modes }) => ({
            asset,
            at: formatTime(at),
            health,
            confidence,
            says,
            mode: modes[0]?.mode ?? null,
          }),
        );
      }),
  );

  routes.get(
    '/assets/:asset/health',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['health'],
        summary: 'Health of one asset: what pulls it down, what is likely wrong, and what to measure next.',
        description: 'How it is worked out, and what it does not know: docs/health.md.',
        params: Type.Object({ asset: Type.String() }),
        response: { 200: AssetHealthSchema, 404: Problem, ...problemResponses },
      },
    },
    ({ params: { asset } }) =>
      turns.run(async () => {
        const isThere = !asset.includes('\u0000') && (await hasAsset(database, asset));
        const [health] = isThere ? await healthOf([asset]) : [];
        if (health === undefined) throw new ApiError(404, 'not_found', `there is no asset ${JSON.stringify(asset)}`);
        return present(health);
      }),
  );
}

function present({ at, pulls, blind, modes, measurements, ...rest }: AssetHealth) {
  return {
    ...rest,
    at: formatTime(at),
    pulls: pulls.map(({ rul, ...pull }) => ({ ...pull, ...presentLife(rul) })),
    blind: blind.map((spot) => ({ ...spot, since: formatOptionalTime(spot.since) })),
    modes: modes.map((mode) => ({ ...mode, evidence: [...mode.evidence] })),
    measurements: measurements.map((advice) => ({
      ...advice,
      outcomes: advice.outcomes.map((outcome) => ({ ...outcome })),
    })),
  };
}
