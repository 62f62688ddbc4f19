import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../../src/model/errors.ts';
import type { Rejection } from '../adapter.ts';
import { BATCH_HEADERS, type PushContext, readBatchNumber } from './batch.ts';
import { fingerprintBodies, KEY_HEADER, MAX_KEPT_REJECTIONS, serveOnce } from './idempotency.ts';
import { acceptGzip } from './inflate.ts';
import { type ParsedItem, parseItem, parseLine } from './item.ts';
import { Problem, pushResponses } from './responses.ts';
import { sinkItems } from './sink-items.ts';

const Answer = Type.Object(
  {
    accepted: Type.Integer(),
    rejected: Type.Array(
      Type.Object({
        index: Type.Integer({ description: 'Position in `readings`, or line, from 0.' }),
        code: Type.String(),
        reason: Type.String({ description: 'What is wrong and what to do.' }),
      }),
    ),
    rejectedCount: Type.Optional(
      Type.Integer({ description: 'How many were rejected, where `rejected` lists only the first.' }),
    ),
  },
  { title: 'ReadingsAccepted' },
);

/** A rejected reading costs an answer many times its size: this bounds what one request can ask for. */
const MAX_ITEMS = 20_000;

const Batch = Type.Object(
  {
    readings: Type.Array(Type.Unknown(), {
      maxItems: MAX_ITEMS,
      description:
        'Each `{tag, at, value, quality?}`: `tag` is `<asset>.<tag>`; `at` RFC 3339 or milliseconds since 1970; `value` a number in the ' +
        'tag’s unit, null only with quality bad; `quality` good (default), uncertain or bad.',
      examples: [[{ tag: 'pump-1.vibration', at: '2026-11-21T10:42:03.250Z', value: 2.31 }]],
    }),
  },
  { additionalProperties: false },
);

const Lines = Type.String({ description: 'One such reading a line.' });

/** A 422 that lists, like a 200, what is wrong with each reading. */
class NothingAccepted extends ApiError {
  readonly extra: { readonly accepted: 0; readonly rejected: readonly Rejection[] };

  constructor(rejected: readonly Rejection[]) {
    const first = rejected[0]?.reason ?? '';
    super(422, 'nothing_accepted', `none of the ${rejected.length} readings could be accepted; the first: ${first}`);
    this.extra = { accepted: 0, rejected };
  }
}

/** `POST /readings`: JSON or NDJSON, judged reading by reading, answered after it is durable. */
export function readingsRoute(scope: FastifyInstance, ctx: PushContext): void {
  fingerprintBodies(scope);
  acceptGzip(scope);
  scope.addContentTypeParser('application/x-ndjson', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  scope.post<{ Body: { readings: unknown[] } | string }>(
    '/readings',
    {
      config: { scope: 'ingest' },
      schema: {
        tags: ['readings'],
        summary: 'Stores readings.',
        description:
          'Answers after the readings would survive a power cut. A bad reading is listed in `rejected` and harms no other; a JSON body that is ' +
          'no such list is refused whole. Sending the same reading again is harmless. Bodies may be packed with gzip. ' +
          `${KEY_HEADER} ${BATCH_HEADERS}`,
        body: { content: { 'application/json': { schema: Batch }, 'application/x-ndjson': { schema: Lines } } },
        response: { 200: Answer, 422: Problem, ...pushResponses },
      },
    },
    async (request) => {
      const { body, headers } = request;
      const most = headers['idempotency-key'] === undefined ? MAX_ITEMS : MAX_KEPT_REJECTIONS;
      const answer = await serveOnce(request, {
        receipts: ctx.receipts,
        now: ctx.clock.now(),
        time: 'given',
        isKept: ({ accepted }) => accepted > 0,
        work: async () => {
          const { accepted, rejected } = await sinkItems(parse(body), ctx, readBatchNumber(headers));
          const isCut = rejected.length > most;
          return { accepted, rejected: rejected.slice(0, most), ...(isCut ? { rejectedCount: rejected.length } : {}) };
        },
      });
      if (answer.accepted === 0 && answer.rejected.length > 0) throw new NothingAccepted(answer.rejected);
      return answer;
    },
  );
}

function parse(body: { readonly readings: readonly unknown[] } | string | null | undefined): ParsedItem[] {
  if (body === null || body === undefined) throw new ApiError(400, 'body_invalid', 'the body is missing');
  if (typeof body !== 'string') return body.readings.map(parseItem);
  const lines = body.split('\n');
  if (lines.at(-1)?.trim() === '') lines.pop(); // the last line ends with a newline, too
  if (lines.length > MAX_ITEMS) throw new ApiError(413, 'body_too_large', `more than ${MAX_ITEMS} lines`);
  return lines.map(parseLine);
}
