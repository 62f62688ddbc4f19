import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../../src/model/errors.ts';
import type { Rejection } from '../adapter.ts';
import { BATCH_HEADERS, metered, type PushContext, readBatchNumber } from './batch.ts';
import { type BodyPieces, streamBodies } from './body-pieces.ts';
import { fingerprintBodies, KEY_HEADER, serveOnce } from './idempotency.ts';
import { acceptGzip } from './inflate.ts';
import { LineHeads, type LineNames } from './line-heads.ts';
import { decodeSomeLines, type Precision } from './line-protocol.ts';
import { Problem, pushResponses } from './responses.ts';
import { sinkBody } from './sink-body.ts';

/** Rejections that the answer to a request that broke off lists. */
const MAX_LISTED = 1_000;

/** As InfluxDB answers a write of which nothing could be taken. */
class WriteRefused extends ApiError {
  readonly extra: { readonly message: string };

  constructor(message: string) {
    super(400, 'body_invalid', message);
    this.extra = { message };
  }
}

/**
 * `POST /api/v2/write`: InfluxDB line protocol, so that an unchanged Telegraf can write to us. `org` and `bucket` are
 * taken and not used. Answers 204 when anything was accepted; what was not is counted, as the protocol lists no lines.
 */
export function writeRoute(scope: FastifyInstance, names: LineNames, ctx: PushContext): void {
  const heads = new LineHeads(names);
  fingerprintBodies(scope);
  acceptGzip(scope);
  // Telegraf says text/plain; others say nothing, or something of their own.
  scope.removeAllContentTypeParsers();
  streamBodies(scope, '*');
  scope.post<{ Body: BodyPieces | null; Querystring: { precision: Precision } }>(
    '/write',
    {
      config: { scope: 'ingest' },
      schema: {
        tags: ['readings'],
        summary: 'Stores InfluxDB line protocol.',
        description:
          'For Telegraf and other writers of InfluxDB v2: key as `Authorization: Token <key>`, gzip if you like. ' +
          `${KEY_HEADER} ${BATCH_HEADERS}`,
        consumes: ['text/plain'],
        querystring: Type.Object({
          precision: Type.Unsafe<Precision>(Type.String({ enum: ['ns', 'us', 'ms', 's'], default: 'ns' })),
          org: Type.Optional(Type.String({ description: 'Not used.' })),
          bucket: Type.Optional(Type.String({ description: 'Not used.' })),
        }),
        body: Type.Unsafe<BodyPieces | null>({ description: 'Text, of any length.' }),
        response: { 204: Type.Null(), 422: Problem, ...pushResponses },
      },
    },
    async (request, reply) => {
      const { body, headers, query } = request;
      if (!body) throw new ApiError(400, 'body_invalid', 'the body is missing');
      try {
        const refusal = await serveOnce(request, {
          receipts: ctx.receipts,
          now: ctx.clock.now(),
          time: 'assumed',
          bodyRead: () => body.skip(),
          isKept: (mistake: string | null) => mistake === null,
          work: async (begunAt) => {
            const number = readBatchNumber(headers);
            // A long body takes its time: a line without one gets that of its own arrival, unless it must be the same again.
            const isKeyed = headers['idempotency-key'] !== undefined;
            const now = () => (isKeyed ? begunAt : ctx.clock.now());
            const { accepted, rejected, from, to } = await sinkBody(body, {
              decode: (lines, maxItems) =>
                decodeSomeLines(lines, { heads, precision: query.precision, now: now() }, maxItems),
              newlines: 'quoted',
              ctx: metered(ctx, request),
              mostListed: MAX_LISTED,
            });
            if (number !== null) await ctx.pushed({ ...number, from, to });
            return accepted === 0 && rejected.length > 0 ? explain(rejected[0]!) : null;
          },
        });
        if (refusal !== null) throw new WriteRefused(refusal);
      } finally {
        body.close();
      }
      return reply.code(204).send(null);
    },
  );
}

function explain({ index, reason }: Rejection): string {
  return `nothing could be accepted; the first mistake is in line ${index + 1}: ${reason}`;
}
