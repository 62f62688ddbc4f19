import { type TSchema, Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import type { WaveformPoint } from '../../model/measuring-point.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { MadeSpectrum, NoSpectrum, SpectrumWish } from '../../model/spectrum.ts';
import { formatTime } from '../../model/time.ts';
import { findWaveformTime, listAssetWaveforms } from '../../store/asset-waveforms.ts';
import type { Session } from '../../store/database.ts';
import { createTurns } from '../history/turns.ts';
import { requireTag } from '../history-query.ts';
import { Page, PageQuery, queryTime, textCursor, toPage } from '../page.ts';
import { Problem, problemResponses } from '../problem.ts';
import { nullable, Time, text, words } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';
import { createSpectrumWishes, type SpectrumSettings } from '../spectrum-wishes.ts';
import { PICTURE_HEADERS } from '../svg/picture-headers.ts';
import { pictureTime } from '../svg/picture-time.ts';
import { drawSpectrum, type NamedSpectrum } from '../svg/spectrum-chart.ts';
import { LEAST_TO_HZ } from '../svg/spectrum-columns.ts';

/** Each has a thread and up to 40 MB of its own; one that waits has read nothing yet. */
const TURNS = { places: 2, waiting: 50, what: 'requests for spectra' } as const;
/** A picture ends here unless it is asked for more: a machine's own lines lie below. */
const USUAL_TO_HZ = 1_000;
const MOST_LINES = 16_384;

/** What the routes are made of besides the database. */
export interface SpectrumServices {
  /** What the plant file says of the place of these waveforms. */
  readonly waveformPointOf: (tag: string) => WaveformPoint | null;
  /** In the order of the wishes; in a thread of its own. */
  readonly makeSpectra: (wishes: readonly SpectrumWish[]) => Promise<readonly (MadeSpectrum | NoSpectrum)[]>;
}

const TagWaveforms = Type.Object(
  {
    tag: text,
    at: Type.Unsafe<string>({ ...Time, description: 'The newest one, RFC 3339, UTC.' }),
    oldestAt: Time,
    rateHz: Type.Number({ description: 'Samples a second.' }),
    unit: text,
    sampleCount: Type.Integer(),
  },
  { title: 'TagWaveforms' },
);

const SpectrumAnswer = Type.Object(
  {
    tag: text,
    at: Time,
    kind: words('amplitude', 'velocity', 'envelope'),
    window: words('hann'),
    lines: Type.Integer({ description: 'Above 0 Hz.' }),
    lineHz: Type.Number({ description: 'Distance of two lines.' }),
    averages: Type.Integer(),
    overlap: Type.Number({ description: '0 to 1.' }),
    unit: Type.String({ description: 'UCUM code; `1`: depth of modulation.' }),
    convention: words('rms', 'peak'),
    bandHz: nullable(Type.Array(Type.Number(), { description: 'The band whose envelope it is of.' })),
    says: Type.String({ description: 'How it was made, in one line.' }),
    shaftHz: nullable(Type.Number({ description: 'Speed of the shaft that the cursors belong to.' })),
    cursors: Type.Array(
      Type.Object(
        {
          name: text,
          hz: Type.Number(),
          amplitude: Type.Number({ description: 'The highest line within 2 % of it.' }),
        },
        { title: 'SpectrumCursor' },
      ),
    ),
    amplitudes: Type.Array(Type.Number(), { description: 'At `i * lineHz`, from 0 Hz; five digits.' }),
  },
  { title: 'Spectrum' },
);

const SpectrumQuery = Type.Object({
  kind: Type.Unsafe<SpectrumWish['kind']>(
    Type.String({
      enum: ['amplitude', 'velocity', 'envelope'],
      default: 'amplitude',
      description:
        '`amplitude`: in m/s2 or mm/s. `velocity`: of acceleration, in mm/s, cut below 2 Hz. `envelope`: of the squared envelope in the most impulsive band.',
    }),
  ),
  convention: Type.Unsafe<'rms' | 'peak'>(
    Type.String({ enum: ['rms', 'peak'], default: 'rms', description: 'What a line of a sine reads.' }),
  ),
  lines: Type.Optional(
    Type.Integer({
      minimum: 128,
      maximum: MOST_LINES,
      description:
        'Rounded down to a power of two; as many as there are for at most 8,192, less where the waveform is short.',
    }),
  ),
  rpm: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      description: 'Speed of the shaft; default: as the plant file says, or the reading of `<tag>.speed` at that time.',
    }),
  ),
  format: Type.Unsafe<'json' | 'svg'>(Type.String({ enum: ['json', 'svg'], default: 'json' })),
  toHz: Type.Optional(
    Type.Number({ minimum: LEAST_TO_HZ, description: `Where the picture ends; default ${USUAL_TO_HZ}. SVG only.` }),
  ),
  width: Type.Integer({ minimum: 280, maximum: 2_000, default: 960, description: 'Of the picture, px. SVG only.' }),
  with: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 600,
      description:
        'What is drawn behind it: `oldest`, the first one of the tag that is kept, or the name of another tag, whose newest one until then is taken. SVG only.',
    }),
  ),
});

/** Spectra of stored waveforms, as numbers and as pictures. */
export function spectrumRoutes(routes: Routes, services: ApiServices): void {
  const { database, clock, plant, makeSpectra } = services;
  const turns = createTurns(TURNS);
  const { speedAt, wishFor } = createSpectrumWishes(services);

  routes.get(
    '/assets/:asset/waveforms',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['waveforms'],
        summary: 'The tags of an asset that have waveforms, with the newest of each.',
        params: Type.Object({ asset: Type.String() }),
        querystring: Type.Object(PageQuery),
        response: { 200: Page(TagWaveforms), ...problemResponses },
      },
    },
    async ({ params: { asset }, query: { limit, cursor } }) => {
      if (asset.includes('\u0000')) throw new ApiError(400, 'body_invalid', 'an asset has no such name');
      const rows = await listAssetWaveforms(database, { asset, after: textCursor(cursor), limit: limit + 1 });
      return toPage(
        rows,
        limit,
        ({ tag }) => tag,
        ({ at, oldestAt, length, ...entry }) => ({
          ...entry,
          at: formatTime(at),
          oldestAt: formatTime(oldestAt),
          sampleCount: length,
        }),
      );
    },
  );

  routes.get(
    '/tags/:tag/waveforms/:at/spectrum',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['waveforms'],
        summary: 'Spectrum of one waveform, with the cursors of its machine.',
        description:
          'Mean removed, Hann window, segments that overlap by half, powers averaged (Welch); the answer states all of it. Cursors come from what the ' +
          'plant file says of the place (`waveforms:`).',
        params: Type.Object({
          tag: Type.String(),
          at: Type.String({ description: '`at` of the list, or `newest`.' }),
        }),
        querystring: SpectrumQuery,
        response: { 200: numbersOrPicture(SpectrumAnswer), 404: Problem, 422: Problem, ...problemResponses },
      },
    },
    async ({ params, query }, reply) => {
      const { id, name: tag } = await requireTag(database, params.tag);
      const at = await timeOf(database, id, params.at, clock.now());
      if (at === null) throw new ApiError(404, 'not_found', `${tag} has no waveform`);
      const shaftHz = query.rpm === undefined ? await speedAt(tag, at) : query.rpm / 60;
      const { own, behind, made, other } = await turns.run(async () => {
        const own = { tag, at, wish: await wishFor({ tag, tagId: id, at }, query, shaftHz) };
        const behind =
          query.format === 'svg' && query.with !== undefined ? await otherOf(own, query.with, query) : null;
        const [made, other] = await makeSpectra([own.wish, ...(behind ? [behind.wish] : [])]);
        return { own, behind, made, other };
      });
      const spectrum = required(made!, tag, at);
      if (query.format === 'svg') {
        const behindIt =
          behind && other ? { name: nameOf(behind, plant), spectrum: required(other, behind.tag, behind.at) } : null;
        return reply.headers(PICTURE_HEADERS).send(picture({ name: nameOf(own, plant), spectrum }, behindIt, query));
      }
      const { amplitudes, cursors, bandHz, ...rest } = spectrum;
      return reply.send({
        tag,
        at: formatTime(at),
        kind: query.kind,
        ...rest,
        bandHz: bandHz && [...bandHz],
        shaftHz,
        cursors: cursors.map((cursor) => ({ ...cursor })),
        amplitudes: Array.from(amplitudes, (value) => Number(value.toPrecision(5))),
      });
    },
  );

  async function otherOf(own: { readonly tag: string; readonly at: EpochMs }, other: string, query: SpectrumSettings) {
    const { id, name: tag } = await requireTag(database, other === 'oldest' ? own.tag : other);
    const which = other === 'oldest' ? 'oldest' : 'newest';
    const at = await findWaveformTime(database, { tagId: id, which, until: own.at });
    if (at === null) throw new ApiError(404, 'not_found', `${tag} has no waveform until ${formatTime(own.at)}`);
    return { tag, at, wish: await wishFor({ tag, tagId: id, at }, query, null) };
  }
}

function picture(
  named: NamedSpectrum,
  other: NamedSpectrum | null,
  { toHz = USUAL_TO_HZ, width }: { readonly toHz?: number | undefined; readonly width: number },
): string {
  const { lines, lineHz } = named.spectrum;
  return drawSpectrum(named, { other, toHz: Math.min(toHz, lines * lineHz), width });
}

function nameOf(
  { tag, at }: { readonly tag: string; readonly at: EpochMs },
  { timezone }: { readonly timezone: string },
): string {
  return `${tag}, ${pictureTime(at, timezone)}`;
}

function required(made: MadeSpectrum | NoSpectrum, tag: string, at: EpochMs): MadeSpectrum {
  if (!('reason' in made)) return made;
  throw new ApiError(
    422,
    'capture_refused',
    `the waveform of ${tag} at ${formatTime(at)} has no spectrum: ${made.reason}`,
  );
}

async function timeOf(session: Session, tagId: number, written: string, now: EpochMs): Promise<EpochMs | null> {
  if (written === 'newest') return findWaveformTime(session, { tagId, which: 'newest', until: now + DAY_MS });
  return queryTime(written, 'at') ?? null;
}

/** A device's clock may be ahead. */
const DAY_MS = 86_400_000;

// Of the type that the handler sends; the document says what it carries.
function numbersOrPicture(schema: TSchema) {
  return {
    description: 'As JSON, or with `format=svg` as a picture.',
    content: {
      'application/json': { schema: Type.Unsafe<object | string>(schema) },
      'image/svg+xml': { schema: Type.Unsafe<object | string>(Type.String()) },
    },
  };
}
