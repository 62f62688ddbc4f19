import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../../src/model/errors.ts';
import { BATCH_HEADERS, type BatchNumber, type PushContext, readBatchNumber } from './batch.ts';
import { fingerprintBodies, KEY_HEADER, serveOnce } from './idempotency.ts';
import { acceptGzip } from './inflate.ts';
import type { ParsedItem } from './item.ts';
import { decodeLines, type LineNames, type LineProblem, type Precision } from './line-protocol.ts';
import { Problem, pushResponses } from './responses.ts';
import { sinkItems } from './sink-items.ts';

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
  fingerprintBodies(scope);
  acceptGzip(scope);
  // Telegraf says text/plain; others say nothing, or something of their own.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  scope.post<{ Body: string; Querystring: { precision: Precision } }>(
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
        body: Type.String(),
        response: { 204: Type.Null(), 422: Problem, ...pushResponses },
      },
    },
    async (request, reply) => {
      const { precision } = request.query;
      const refusal = await serveOnce(request, {
        receipts: ctx.receipts,
        now: ctx.clock.now(),
        time: 'assumed',
        isKept: (mistake: string | null) => mistake === null,
        work: (now) => write(request.body, { names, precision, now }, readBatchNumber(request.headers)),
      });
      if (refusal !== null) throw new WriteRefused(refusal);
      return reply.code(204).send(null);
    },
  );

  /** Stores what can be stored; answers what is wrong when that is nothing. */
  async function write(
    body: string,
    options: Parameters<typeof decodeLines>[1],
    number: BatchNumber | null,
  ): Promise<string | null> {
    const { readings, lines, problems } = decodeLines(body, options);
    const items: ParsedItem[] = [
      ...readings.map((reading) => ({ reading })),
      ...problems.map(({ code, reason }) => ({ code, reason })),
    ];
    const { accepted, rejected } = await sinkItems(items, ctx, number);
    return accepted === 0 && rejected.length > 0 ? explain(rejected[0]!, lines, problems) : null;
  }
}

function explain(
  { index, reason }: { readonly index: number; readonly reason: string },
  lines: readonly number[],
  problems: readonly LineProblem[],
): string {
  const line = lines[index] ?? problems[index - lines.length]?.line ?? 1;
  return `nothing could be accepted; the first mistake is in line ${line}: ${reason}`;
}
