import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../../src/model/errors.ts';
import { parseTime } from '../../src/model/time.ts';
import { MAX_FRAME_SIDES, MAX_SAMPLES, WAVEFORM_UNITS } from '../../src/model/waveform.ts';
import type { CaptureRefusal, EpochMs } from '../adapter.ts';
import type { PushContext } from './batch.ts';
import { readFloats } from './floats.ts';
import { acceptGzip } from './inflate.ts';
import { Problem, pushResponses } from './responses.ts';

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
  limitAtOnce(scope);
  acceptGzip(scope);
  const responses = { 200: Answer, 422: Problem, ...pushResponses };
  scope.post<{ Body: { tag: string; at: unknown; rateHz: number; unit: string; samples: unknown } }>(
    '/waveforms',
    {
      bodyLimit: BODY_LIMIT_BYTES,
      config: { scope: 'ingest' },
      schema: {
        tags: ['waveforms'],
        summary: 'Stores a waveform.',
        description: DESCRIPTION,
        body: WaveformBody,
        response: responses,
      },
    },
    async ({ body: { at, samples, ...rest } }) =>
      answer(await ctx.waveform({ ...rest, at: readTime(at), samples: readFloats(samples, 'samples') })),
  );
  scope.post<{ Body: { tag: string; at: unknown; width: number; height: number; celsius: unknown } }>(
    '/frames',
    {
      bodyLimit: BODY_LIMIT_BYTES,
      config: { scope: 'ingest' },
      schema: {
        tags: ['waveforms'],
        summary: 'Stores a thermal frame.',
        description: DESCRIPTION,
        body: FrameBody,
        response: responses,
      },
    },
    async ({ body: { at, celsius, ...rest } }) =>
      answer(await ctx.frame({ ...rest, at: readTime(at), celsius: readFloats(celsius, 'celsius') })),
  );
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

function readTime(at: unknown): EpochMs {
  const time = typeof at === 'string' ? parseTime(at) : at;
  if (typeof time !== 'number' || !Number.isFinite(time))
    throw new ApiError(400, 'body_invalid', 'at is an RFC 3339 time or milliseconds since 1970');
  return time;
}
