import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../../src/model/errors.ts';
import type { Rejection } from '../adapter.ts';
import { BATCH_HEADERS, type PushContext, readBatchNumber } from './batch.ts';
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
          BATCH_HEADERS,
        body: { content: { 'application/json': { schema: Batch }, 'application/x-ndjson': { schema: Lines } } },
        response: { 200: Answer, 422: Problem, ...pushResponses },
      },
    },
    async ({ body, headers }) => {
      const { accepted, rejected } = await sinkItems(parse(body), ctx, readBatchNumber(headers));
      if (accepted === 0 && rejected.length > 0) throw new NothingAccepted(rejected);
      return { accepted, rejected };
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
