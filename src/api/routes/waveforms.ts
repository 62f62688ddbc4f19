import type { Readable } from 'node:stream';
import { type TSchema, Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import type { EpochMs } from '../../model/reading.ts';
import { formatTime } from '../../model/time.ts';
import { findThermalFrame, findWaveform, listThermalFrames, listWaveforms } from '../../store/waveforms.ts';
import { sendFloats } from '../float-answer.ts';
import { createGate } from '../history/gate.ts';
import { queryRange, RangeQuery, requireTag } from '../history-query.ts';
import { Page, PageQuery, queryTime, timeCursor, toPage } from '../page.ts';
import { Problem, problemResponses } from '../problem.ts';
import { Time } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';

/** Each takes up to 12 MB while it is unpacked and sent. */
const MOST_AT_ONCE = 4;

const TagParams = Type.Object({ tag: Type.String() });
const AtParams = Type.Object({
  tag: Type.String(),
  at: Type.String({ description: '`at` of the list: RFC 3339, or milliseconds since 1970.' }),
});
const ListQuery = Type.Object({ ...RangeQuery, ...PageQuery });

const rateHz = Type.Number({ description: 'Samples a second.' });
const unit = Type.String({ description: 'UCUM code.' });
const pixels = Type.Integer({ description: 'Pixels.' });

const WaveformEntrySchema = Type.Object(
  { at: Time, rateHz, unit, sampleCount: Type.Integer() },
  { title: 'WaveformEntry' },
);
const WaveformSchema = Type.Object(
  {
    tag: Type.String(),
    at: Time,
    rateHz,
    unit,
    samples: Type.Array(Type.Number(), { description: 'In `unit`; 32-bit floats.' }),
  },
  { title: 'Waveform' },
);
const FrameEntrySchema = Type.Object({ at: Time, width: pixels, height: pixels }, { title: 'ThermalFrameEntry' });
const FrameSchema = Type.Object(
  {
    tag: Type.String(),
    at: Time,
    width: pixels,
    height: pixels,
    celsius: Type.Array(Type.Number(), { description: 'Row by row from the top left; 32-bit floats.' }),
  },
  { title: 'ThermalFrame' },
);

const BYTES =
  'With `Accept: application/octet-stream`: the values alone, 32-bit floats, little-endian, and the rest as headers';

/** Waveforms and thermal frames of a tag: what there is, and each of them. */
export function waveformRoutes(routes: Routes, { database, clock }: ApiServices): void {
  const gate = createGate(MOST_AT_ONCE, 'requests for waveforms or thermal frames');

  routes.get(
    '/tags/:tag/waveforms',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['waveforms'],
        summary: 'Waveforms of one tag, oldest first, without their samples.',
        params: TagParams,
        querystring: ListQuery,
        response: { 200: Page(WaveformEntrySchema), 404: Problem, ...problemResponses },
      },
    },
    async ({ params, query }) => {
      const range = queryRange(query, clock.now());
      const { id: tagId } = await requireTag(database, params.tag);
      const after = timeCursor(query.cursor)?.at;
      const rows = await listWaveforms(database, { tagId, ...range, limit: query.limit + 1, after });
      return toPage(rows, query.limit, cursorOf, ({ at, length, ...entry }) => ({
        ...entry,
        at: formatTime(at),
        sampleCount: length,
      }));
    },
  );

  routes.get(
    '/tags/:tag/waveforms/:at',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['waveforms'],
        summary: 'One waveform.',
        description: `${BYTES}: \`waveform-at\`, \`waveform-rate-hz\`, \`waveform-unit\`.`,
        params: AtParams,
        response: { 200: floatsOf(WaveformSchema), 404: Problem, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { tag, at } = request.params;
      const wanted = requireTime(at);
      reply.raw.once('close', gate.enter()); // until it is sent: a slow reader holds the values in memory
      const { id } = await requireTag(database, tag);
      const found = await findWaveform(database, id, wanted);
      if (!found) throw new ApiError(404, 'not_found', `${tag} has no waveform at ${formatTime(wanted)}`);
      const { rateHz, unit, samples } = found;
      return sendFloats(request, reply, {
        fields: { tag, at: formatTime(wanted), rateHz, unit },
        name: 'samples',
        values: samples,
        headers: {
          'waveform-at': formatTime(wanted),
          'waveform-rate-hz': String(rateHz),
          'waveform-unit': unit,
        },
      });
    },
  );

  routes.get(
    '/tags/:tag/frames',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['waveforms'],
        summary: 'Thermal frames of one tag, oldest first, without their temperatures.',
        params: TagParams,
        querystring: ListQuery,
        response: { 200: Page(FrameEntrySchema), 404: Problem, ...problemResponses },
      },
    },
    async ({ params, query }) => {
      const range = queryRange(query, clock.now());
      const { id: tagId } = await requireTag(database, params.tag);
      const after = timeCursor(query.cursor)?.at;
      const rows = await listThermalFrames(database, { tagId, ...range, limit: query.limit + 1, after });
      return toPage(rows, query.limit, cursorOf, ({ at, ...entry }) => ({ ...entry, at: formatTime(at) }));
    },
  );

  routes.get(
    '/tags/:tag/frames/:at',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['waveforms'],
        summary: 'One thermal frame.',
        description: `${BYTES}: \`frame-at\`, \`frame-width\`, \`frame-height\`.`,
        params: AtParams,
        response: { 200: floatsOf(FrameSchema), 404: Problem, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { tag, at } = request.params;
      const wanted = requireTime(at);
      reply.raw.once('close', gate.enter()); // until it is sent: a slow reader holds the values in memory
      const { id } = await requireTag(database, tag);
      const found = await findThermalFrame(database, id, wanted);
      if (!found) throw new ApiError(404, 'not_found', `${tag} has no thermal frame at ${formatTime(wanted)}`);
      const { width, height, celsius } = found;
      return sendFloats(request, reply, {
        fields: { tag, at: formatTime(wanted), width, height },
        name: 'celsius',
        values: celsius,
        headers: { 'frame-at': formatTime(wanted), 'frame-width': String(width), 'frame-height': String(height) },
      });
    },
  );
}

// Of the type that the handler sends; the document says what it carries.
function floatsOf(schema: TSchema) {
  return {
    description: 'With its values.',
    content: {
      'application/json': { schema: Type.Unsafe<Readable>(schema) },
      'application/octet-stream': { schema: Type.Unsafe<Readable>(Type.String()) },
    },
  };
}

function cursorOf({ at }: { readonly at: EpochMs }): unknown {
  return [at, ''];
}

function requireTime(text: string): EpochMs {
  const at = queryTime(text, 'at');
  if (at === undefined) throw new ApiError(400, 'body_invalid', 'at is missing');
  return at;
}
