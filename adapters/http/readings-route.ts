import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../../src/model/errors.ts';
import type { Rejection } from '../adapter.ts';
import { BATCH_HEADERS, metered, type PushContext, readBatchNumber } from './batch.ts';
import { BodyPieces, streamBodies } from './body-pieces.ts';
import { countRefusedBodies } from './count-refused.ts';
import type { DecodeLines } from './decoded-lines.ts';
import { fingerprintBodies, KEY_HEADER, MAX_KEPT_REJECTIONS, serveOnce } from './idempotency.ts';
import { acceptGzip } from './inflate.ts';
import { decodeList, decodeNdjson } from './ndjson.ts';
import { PlainDocument, readPlainDocuments } from './plain-documents.ts';
import { PlainItems } from './plain-items.ts';
import { Problem, pushResponses } from './responses.ts';
import { sinkBody } from './sink-body.ts';
import { emptyTally, type PushTally, sinkItems } from './sink-items.ts';

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

/** A rejected reading costs an answer many times its size: this bounds what one JSON document can ask for. */
const MAX_ITEMS = 20_000;
/** The same for lines, of which there may be any number. */
const MAX_LISTED_LINES = 1_000;

const Batch = Type.Object(
  {
    readings: Type.Array(Type.Unknown(), {
      maxItems: MAX_ITEMS,
      description:
        'Each `{tag, at, value, quality?, historical?}`: `tag` is `<asset>.<tag>`; `at` RFC 3339 or milliseconds since 1970; `value` a ' +
        'number in the tag’s unit, null only with quality bad, or a text of at most 4 KiB where the tag is no number; `quality` good (default), uncertain or bad; `historical` true for what is no ' +
        'news: stored and shown, and no rule takes it for what happens now.',
      examples: [[{ tag: 'pump-1.vibration', at: '2026-11-21T10:42:03.250Z', value: 2.31 }]],
    }),
  },
  { additionalProperties: false },
);

/** Not a string for the validator: it is a stream. */
const Lines = Type.Unsafe<BodyPieces>({ description: 'Text, one such reading a line. Of any length.' });

interface Answered {
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
  readonly rejectedCount?: number;
}

/** A 422 that lists, like a 200, what is wrong with each reading. */
class NothingAccepted extends ApiError {
  readonly extra: object;

  constructor({ rejected, rejectedCount = rejected.length }: Answered) {
    const first = rejected[0]?.reason ?? '';
    super(
      422,
      'nothing_accepted',
      rejectedCount === 1
        ? `the reading could not be accepted: ${first}`
        : `none of the ${rejectedCount} readings could be accepted; the first: ${first}`,
    );
    this.extra = { accepted: 0, rejected, ...(rejectedCount > rejected.length ? { rejectedCount } : {}) };
  }
}

/** `POST /readings`: JSON or NDJSON, judged reading by reading, answered after it is durable. */
export function readingsRoute(scope: FastifyInstance, ctx: PushContext): void {
  countRefusedBodies(scope, ctx);
  fingerprintBodies(scope);
  acceptGzip(scope);
  streamBodies(scope, 'application/x-ndjson');
  const plain = new PlainItems();
  const decode: DecodeLines = (lines, maxItems) => decodeNdjson(lines, maxItems, plain);
  readPlainDocuments(scope, plain);
  scope.post<{ Body: { readings: unknown[] } | BodyPieces }>(
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
      if (body === null || body === undefined) throw new ApiError(400, 'body_invalid', 'the body is missing');
      const isStream = body instanceof BodyPieces;
      try {
        const answer = await serveOnce<Answered>(request, {
          receipts: ctx.receipts,
          now: ctx.clock.now(),
          time: 'given',
          bodyRead: async () => (isStream ? body.skip() : undefined),
          isKept: ({ accepted }) => accepted > 0,
          work: async () => {
            const number = readBatchNumber(headers);
            const mostOf = isStream ? MAX_LISTED_LINES : MAX_ITEMS;
            const mostListed = headers['idempotency-key'] === undefined ? mostOf : MAX_KEPT_REJECTIONS;
            const tally = await store(body, mostListed, metered(ctx, request));
            if (number !== null) await ctx.pushed({ ...number, from: tally.from, to: tally.to });
            const { accepted, rejected, rejectedCount } = tally;
            return { accepted, rejected, ...(rejectedCount > rejected.length ? { rejectedCount } : {}) };
          },
        });
        if (answer.accepted === 0 && answer.rejected.length > 0) throw new NothingAccepted(answer);
        return answer;
      } finally {
        if (isStream) body.close();
      }
    },
  );

  async function store(
    body: { readonly readings: unknown[] } | BodyPieces,
    mostListed: number,
    ctx: PushContext,
  ): Promise<PushTally> {
    if (body instanceof BodyPieces) return sinkBody(body, { decode, newlines: 'plain', ctx, mostListed });
    const tally = emptyTally();
    // Taken out of the request, which outlives the wait for the disk by far.
    const decoded = body instanceof PlainDocument ? body.take() : decodeList(body.readings.splice(0));
    await sinkItems(decoded, tally, { ctx, mostListed });
    return tally;
  }
}
