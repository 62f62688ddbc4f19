import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../../src/model/errors.ts';
import { BATCH_HEADERS, type PushContext, readBatchNumber } from './batch.ts';
import { acceptGzip } from './inflate.ts';
import type { ParsedItem } from './item.ts';
import { decodeLines, type LineNames, type LineProblem, type Precision } from './line-protocol.ts';
import { pushResponses } from './responses.ts';
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
          BATCH_HEADERS,
        consumes: ['text/plain'],
        querystring: Type.Object({
          precision: Type.Unsafe<Precision>(Type.String({ enum: ['ns', 'us', 'ms', 's'], default: 'ns' })),
          org: Type.Optional(Type.String({ description: 'Not used.' })),
          bucket: Type.Optional(Type.String({ description: 'Not used.' })),
        }),
        body: Type.String(),
        response: { 204: Type.Null(), ...pushResponses },
      },
    },
    async ({ body, headers, query: { precision } }, reply) => {
      const { readings, lines, problems } = decodeLines(body, { names, precision, now: ctx.clock.now() });
      const items: ParsedItem[] = [
        ...readings.map((reading) => ({ reading })),
        ...problems.map(({ code, reason }) => ({ code, reason })),
      ];
      const { accepted, rejected } = await sinkItems(items, ctx, readBatchNumber(headers));
      if (accepted === 0 && rejected.length > 0) throw new WriteRefused(explain(rejected[0]!, lines, problems));
      return reply.code(204).send(null);
    },
  );
}

function explain(
  { index, reason }: { readonly index: number; readonly reason: string },
  lines: readonly number[],
  problems: readonly LineProblem[],
): string {
  const line = lines[index] ?? problems[index - lines.length]?.line ?? 1;
  return `nothing could be accepted; the first mistake is in line ${line}: ${reason}`;
}
