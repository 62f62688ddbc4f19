import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import type { FramePoint } from '../../model/measuring-point.ts';
import { formatTime } from '../../model/time.ts';
import { findFrameTime, listAssetFrames } from '../../store/asset-frames.ts';
import { findThermalFrame } from '../../store/waveforms.ts';
import { createTurns } from '../history/turns.ts';
import { requireTag } from '../history-query.ts';
import { Page, PageQuery, queryTime, textCursor, toPage } from '../page.ts';
import { Problem, problemResponses } from '../problem.ts';
import { Time, text } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';
import { drawFrame } from '../svg/frame-picture.ts';
import { pictureTime } from '../svg/picture-time.ts';

/** Each has a thread of its own; one that waits has read nothing yet. */
const TURNS = { places: 2, waiting: 50, what: 'requests for pictures of thermal frames' } as const;
/** The picture has its style and its pixels in itself, and nothing else. */
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/** A device's clock may be ahead. */
const DAY_MS = 86_400_000;

/** What the routes are made of besides the database. */
export interface FramePictureServices {
  /** What the plant file watches on these frames. */
  readonly framePointOf: (tag: string) => FramePoint | null;
  /** The features of a frame by name (`hotspot`, `l1.max`), or why it has none; in a thread of its own. */
  readonly readFrame: (
    frame: { readonly width: number; readonly height: number; readonly celsius: Float32Array },
    point: FramePoint,
  ) => Promise<ReadonlyMap<string, number> | { readonly reason: string }>;
}

const pixels = Type.Integer({ description: 'Pixels.' });
const TagFrames = Type.Object(
  {
    tag: text,
    at: Type.Unsafe<string>({ ...Time, description: 'The newest one, RFC 3339, UTC.' }),
    oldestAt: Time,
    width: pixels,
    height: pixels,
  },
  { title: 'TagFrames' },
);

/** Stored thermal frames as pictures. */
export function framePictureRoutes(routes: Routes, services: ApiServices): void {
  const { database, clock, plant, framePointOf, readFrame } = services;
  const turns = createTurns(TURNS);

  routes.get(
    '/assets/:asset/frames',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['waveforms'],
        summary: 'The tags of an asset that have thermal frames, with the newest of each.',
        params: Type.Object({ asset: Type.String() }),
        querystring: Type.Object(PageQuery),
        response: { 200: Page(TagFrames), ...problemResponses },
      },
    },
    async ({ params: { asset }, query: { limit, cursor } }) => {
      if (asset.includes('\u0000')) throw new ApiError(400, 'body_invalid', 'an asset has no such name');
      const rows = await listAssetFrames(database, { asset, after: textCursor(cursor), limit: limit + 1 });
      return toPage(
        rows,
        limit,
        ({ tag }) => tag,
        ({ at, oldestAt, ...entry }) => ({ ...entry, at: formatTime(at), oldestAt: formatTime(oldestAt) }),
      );
    },
  );

  routes.get(
    '/tags/:tag/frames/:at/picture',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['waveforms'],
        summary: 'One thermal frame as a picture in false colours.',
        description:
          'SVG with a scale in °C, the hot spot and the regions that the plant file watches (`frames:`), each with its hottest spot and how much hotter that is ' +
          'than the median of the picture.',
        params: Type.Object({
          tag: Type.String(),
          at: Type.String({ description: '`at` of the list, or `newest`.' }),
        }),
        querystring: Type.Object({
          width: Type.Integer({ minimum: 280, maximum: 2_000, default: 960, description: 'Of the picture, px.' }),
        }),
        response: {
          200: { description: 'The picture.', content: { 'image/svg+xml': { schema: Type.String() } } },
          404: Problem,
          ...problemResponses,
        },
      },
    },
    async ({ params, query: { width } }, reply) => {
      const { id, name: tag } = await requireTag(database, params.tag);
      const isNewest = params.at === 'newest';
      const at = isNewest
        ? await findFrameTime(database, { tagId: id, until: clock.now() + DAY_MS })
        : (queryTime(params.at, 'at') ?? null);
      if (at === null) throw new ApiError(404, 'not_found', `${tag} has no thermal frame`);
      const picture = await turns.run(async () => {
        const frame = await findThermalFrame(database, id, at);
        if (!frame) throw new ApiError(404, 'not_found', `${tag} has no thermal frame at ${formatTime(at)}`);
        const point = framePointOf(tag) ?? { kind: 'thermalFrame', id: tag, tag, regions: [] };
        const { width: columns, height: rows, celsius } = frame;
        const features = await readFrame({ width: columns, height: rows, celsius }, point);
        const name = `${tag}, ${pictureTime(at, plant.timezone)}`;
        const drawn = { name, width: columns, height: rows, celsius, regions: point.regions, features };
        return drawFrame(drawn, { width });
      });
      return reply
        .type('image/svg+xml; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('content-security-policy', PICTURE_POLICY)
        .send(picture);
    },
  );
}
