import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../../src/model/errors.ts';
import { MAX_FRAME_SIDES, MAX_SAMPLES, WAVEFORM_UNITS } from '../../src/model/waveform.ts';
import type { CaptureRefusal } from '../adapter.ts';
import type { PushContext } from './batch.ts';
import { countRefusedBodies } from './count-refused.ts';
import { readFloats } from './floats.ts';
import { acceptGzip } from './inflate.ts';
import { readTime } from './read-time.ts';
import { Problem, pushResponses } from './responses.ts';
import { FrameQuery, frameOf, takeUploads, UPLOADS, Upload, WaveformQuery, waveformOf } from './uploads.ts';

/** The longest waveform in base64 is 5.6 MB. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
/** Bodies that are read or kept at once: bounds their memory, whoever sends them. */
const MAX_AT_ONCE = 8;

const Answer = Type.Object({ accepted: Type.Literal(1) }, { title: 'CaptureAccepted' });

const tag = Type.String({ description: '`<asset>.<tag>`.', examples: ['pump-1.vibration'] });
// Read by hand: a schema of two possibilities complains about both.
const Time = (of: string) =>
  Type.Unknown({ description: `Time of ${of}: RFC 3339 or milliseconds since 1970.`, examples: [1795257723250] });
const Values = (what: string) =>
  Type.Unknown({
    description: `${what}: a list of numbers, or a text, base64 of 32-bit floats, little-endian.`,
    examples: [[0.12, -0.4, 0.33]],
  });

const WaveformBody = Type.Object(
  {
    tag,
    at: Time('the first sample'),
    rateHz: Type.Number({ description: 'Samples a second.', examples: [25_600] }),
    unit: Type.String({ description: `UCUM code, one of ${WAVEFORM_UNITS.map((unit) => `\`${unit}\``).join(', ')}.` }),
    samples: Values(`In \`unit\`, at most ${MAX_SAMPLES}`),
  },
  { additionalProperties: false },
);

const FrameBody = Type.Object(
  {
    tag,
    at: Time('the picture'),
    width: Type.Integer({ description: 'Pixels.', examples: [160] }),
    height: Type.Integer({
      description: `Pixels; at most ${MAX_FRAME_SIDES.longer} × ${MAX_FRAME_SIDES.shorter}, upright or across.`,
      examples: [120],
    }),
    celsius: Values('`width · height` temperatures, row by row from the top left'),
  },
  { additionalProperties: false },
);

const DESCRIPTION =
  'Answers after it would survive a power cut. Sending the same again is harmless; another one for the same tag and time is counted as a ' +
  'conflict, and the first one stays. Bodies have at most 8 MiB, and may be packed with gzip.';

const WAVEFORM_UPLOADS =
  'Beside JSON: packed numbers (`application/octet-stream`), WAV (`audio/wav`) or CSV (`text/csv`), with `tag`, `at`, `unit` and what else they do ' +
  'not say in the query.';
const FRAME_UPLOADS =
  'Beside JSON: packed numbers (`application/octet-stream`, with `width` and `height`) or CSV (`text/csv`, a line for each row of pixels), with `tag` ' +
  'and `at` in the query.';

/** A 422 with the reason as a code, too. */
class CaptureRefused extends ApiError {
  readonly extra: { readonly reason: CaptureRefusal['code'] };

  constructor({ code, reason }: CaptureRefusal) {
    super(422, 'capture_refused', reason);
    this.extra = { reason: code };
  }
}

/** `POST /waveforms` and `POST /frames`: one waveform or thermal frame each, answered after it is durable. `scope` is their own. */
export function waveformsRoute(scope: FastifyInstance, ctx: PushContext): void {
  countRefusedBodies(scope, ctx);
  limitAtOnce(scope);
  acceptGzip(scope);
  takeUploads(scope, BODY_LIMIT_BYTES);
  const responses = { 200: Answer, 422: Problem, ...pushResponses };
  scope.post<{
    Body: { tag: string; at: unknown; rateHz: number; unit: string; samples: unknown } | Upload;
    Querystring: WaveformQuery;
  }>(
    '/waveforms',
    {
      bodyLimit: BODY_LIMIT_BYTES,
      config: { scope: 'ingest' },
      schema: {
        tags: ['waveforms'],
        summary: 'Stores a waveform.',
        description: `${DESCRIPTION} ${WAVEFORM_UPLOADS}`,
        querystring: WaveformQuery,
        consumes: ['application/json', ...UPLOADS],
        body: { content: contentOf(WaveformBody) },
        response: responses,
      },
    },
    async ({ body, query, headers }) => {
      if (body instanceof Upload) return answer(await ctx.waveform(await waveformOf(body, query, headers)));
      const { at, samples, ...rest } = body;
      return answer(await ctx.waveform({ ...rest, at: readTime(at), samples: readFloats(samples, 'samples') }));
    },
  );
  scope.post<{
    Body: { tag: string; at: unknown; width: number; height: number; celsius: unknown } | Upload;
    Querystring: FrameQuery;
  }>(
    '/frames',
    {
      bodyLimit: BODY_LIMIT_BYTES,
      config: { scope: 'ingest' },
      schema: {
        tags: ['waveforms'],
        summary: 'Stores a thermal frame.',
        description: `${DESCRIPTION} ${FRAME_UPLOADS}`,
        querystring: FrameQuery,
        consumes: ['application/json', ...UPLOADS],
        body: { content: contentOf(FrameBody) },
        response: responses,
      },
    },
    async ({ body, query, headers }) => {
      if (body instanceof Upload) return answer(await ctx.frame(await frameOf(body, query, headers)));
      const { at, celsius, ...rest } = body;
      return answer(await ctx.frame({ ...rest, at: readTime(at), celsius: readFloats(celsius, 'celsius') }));
    },
  );
}

/** A file is not looked at by the validator. */
function contentOf(json: object) {
  const file = { schema: Type.Unsafe<Upload>({ description: 'The file; what it does not say stands in the query.' }) };
  return { 'application/json': { schema: json }, ...Object.fromEntries(UPLOADS.map((type) => [type, file])) };
}

function limitAtOnce(scope: FastifyInstance): void {
  let taken = 0;
  scope.addHook('onRequest', (_request, reply, done) => {
    if (taken >= MAX_AT_ONCE)
      return done(new ApiError(503, 'unavailable', `${MAX_AT_ONCE} waveforms or thermal frames are coming in already`));
    taken++;
    // Also when the client goes away in the middle.
    reply.raw.once('close', () => taken--);
    done();
  });
}

function answer(refusal: CaptureRefusal | null): { accepted: 1 } {
  if (refusal) throw new CaptureRefused(refusal);
  return { accepted: 1 };
}
