import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import type { SpectrumWish } from '../../model/spectrum.ts';
import { spreadWaveforms, type WaveformTime } from '../../store/waveform-times.ts';
import { createTurns } from '../history/turns.ts';
import { requireTag } from '../history-query.ts';
import { queryTime } from '../page.ts';
import { Problem, problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';
import { createSpectrumWishes } from '../spectrum-wishes.ts';
import { PICTURE_HEADERS } from '../svg/picture-headers.ts';
import { rowTime } from '../svg/picture-time.ts';
import { LEAST_TO_HZ } from '../svg/spectrum-columns.ts';
import { drawWaterfall, type WaterfallRow } from '../svg/waterfall-chart.ts';

/** One at a time: it holds up to `MOST_SAMPLES` of them. */
const TURNS = { places: 1, waiting: 20, what: 'requests for waterfalls' } as const;
const USUAL_TO_HZ = 1_000;
/** Of all rows together: 16 MB and a second of computing. */
const MOST_SAMPLES = 4_000_000;
/** A device's clock may be ahead. */
const DAY_MS = 86_400_000;

/** How the spectra of one place changed over weeks, as a picture. */
export function waterfallRoutes(routes: Routes, services: ApiServices): void {
  const { database, clock, plant, makeSpectra } = services;
  const turns = createTurns(TURNS);
  const { speedAt, wishFor } = createSpectrumWishes(services);

  routes.get(
    '/tags/:tag/waterfall',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['waveforms'],
        summary: 'The spectra of a tag over time as a picture, one before the other.',
        description:
          'SVG. The first waveform of the range, and the newest of each of its other equal parts; all at one scale, with the cursors of the newest. A ' +
          'waveform that has no spectrum is left out, and the picture says how many were.',
        params: Type.Object({ tag: Type.String() }),
        querystring: Type.Object({
          from: Type.Optional(Type.String({ description: 'RFC 3339 or ms since 1970; default: the first one kept.' })),
          to: Type.Optional(Type.String({ description: 'RFC 3339 or ms since 1970; default: now.' })),
          kind: Type.Unsafe<SpectrumWish['kind']>(
            Type.String({ enum: ['amplitude', 'velocity', 'envelope'], default: 'velocity' }),
          ),
          rows: Type.Integer({
            minimum: 2,
            maximum: 32,
            default: 16,
            description: 'Most spectra; fewer where waveforms are long.',
          }),
          toHz: Type.Number({ minimum: LEAST_TO_HZ, default: USUAL_TO_HZ, description: 'Where the picture ends.' }),
          width: Type.Integer({ minimum: 280, maximum: 2_000, default: 960, description: 'Of the picture, px.' }),
        }),
        response: {
          200: { description: 'The picture.', content: { 'image/svg+xml': { schema: Type.String() } } },
          404: Problem,
          422: Problem,
          ...problemResponses,
        },
      },
    },
    async ({ params, query }, reply) => {
      const { id: tagId, name: tag } = await requireTag(database, params.tag);
      const to = queryTime(query.to, 'to') ?? clock.now() + DAY_MS;
      const from = queryTime(query.from, 'from') ?? 0;
      const picture = await turns.run(async () => {
        const times = fewEnough(await spreadWaveforms(database, { tagId, from, to, count: query.rows }));
        if (times.length === 0) throw new ApiError(404, 'not_found', `${tag} has no waveform in this time`);
        const wishes = [];
        for (const { at } of times) {
          const shaftHz = at === times.at(-1)?.at ? await speedAt(tag, at) : null;
          wishes.push(await wishFor({ tag, tagId, at }, { kind: query.kind, convention: 'rms' }, shaftHz));
        }
        const made = await makeSpectra(wishes);
        const rows = made.flatMap((spectrum, i): WaterfallRow[] =>
          'reason' in spectrum ? [] : [{ name: rowTime(times[i]!.at, plant.timezone), spectrum }],
        );
        const newest = rows.at(-1)?.spectrum;
        if (newest === undefined)
          throw new ApiError(422, 'capture_refused', `no waveform of ${tag} in this time has a spectrum`);
        const left = made.length - rows.length;
        const note = `${rows.length} spectra, the newest in front${left === 0 ? '' : `; ${left} waveforms have none`}`;
        return drawWaterfall(tag, rows, { ...query, toHz: Math.min(query.toHz, newest.lines * newest.lineHz), note });
      });
      return reply.headers(PICTURE_HEADERS).send(picture);
    },
  );
}

/** Leaves out every second one but the newest until their samples are few enough to be held at once. */
function fewEnough(times: readonly WaveformTime[]): readonly WaveformTime[] {
  const samples = times.reduce((sum, { length }) => sum + length, 0);
  if (samples <= MOST_SAMPLES || times.length < 2) return times;
  return fewEnough(times.filter((_, i) => (times.length - 1 - i) % 2 === 0));
}
