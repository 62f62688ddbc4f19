import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../../src/model/errors.ts';
import type { AdapterContext, Reading, Rejection } from '../adapter.ts';
import { parseItem } from './item.ts';

const Rejected = Type.Object({
  index: Type.Integer({ description: 'Position in `readings`, from 0.' }),
  code: Type.String(),
  reason: Type.String({ description: 'What is wrong and what to do.' }),
});

const Answer = Type.Object({ accepted: Type.Integer(), rejected: Type.Array(Rejected) }, { title: 'ReadingsAccepted' });

const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    action: Type.String(),
    code: Type.String(),
  },
  { title: 'Problem', additionalProperties: true },
);

/** A 422 that lists, like a 200, what is wrong with each reading. */
class NothingAccepted extends ApiError {
  readonly extra: { readonly accepted: 0; readonly rejected: readonly Rejection[] };

  constructor(rejected: readonly Rejection[]) {
    super(
      422,
      'nothing_accepted',
      `none of the ${rejected.length} readings could be accepted; the first: ${rejected[0]?.reason ?? ''}`,
    );
    this.extra = { accepted: 0, rejected };
  }
}

/** `POST /readings`: a JSON batch, judged reading by reading, answered after it is durable. */
export function readingsRoute(scope: FastifyInstance, ctx: AdapterContext): void {
  scope.post<{ Body: { readings: unknown[] } }>(
    '/readings',
    {
      config: { scope: 'ingest' },
      schema: {
        tags: ['readings'],
        summary: 'Stores readings.',
        description:
          'Answers after the readings would survive a power cut. A bad reading is listed in `rejected` and harms no other; a body that is no ' +
          'such list is refused whole. Sending the same reading again is harmless.',
        body: Type.Object(
          {
            readings: Type.Array(Type.Unknown(), {
              description:
                'Each `{tag, at, value, quality?}`: `tag` is `<asset>.<tag>`; `at` RFC 3339 or milliseconds since 1970; `value` a number in the ' +
                'tag’s unit, null only with quality bad; `quality` good (default), uncertain or bad.',
              examples: [[{ tag: 'pump-1.vibration', at: '2026-11-21T10:42:03.250Z', value: 2.31 }]],
            }),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Answer,
          400: Problem,
          401: Problem,
          403: Problem,
          413: Problem,
          415: Problem,
          422: Problem,
          503: Problem,
        },
      },
    },
    async ({ body }) => {
      const readings: Reading[] = [];
      const indexOf: number[] = [];
      const rejected: Rejection[] = [];
      for (const [index, item] of body.readings.entries()) {
        const parsed = parseItem(item);
        if ('reading' in parsed) {
          readings.push(parsed.reading);
          indexOf.push(index);
        } else {
          rejected.push({ index, ...parsed });
          ctx.discard(parsed.code, 1);
        }
      }
      const outcome = readings.length > 0 ? await ctx.sink(readings) : { accepted: 0, rejected: [] };
      for (const { index, code, reason } of outcome.rejected) rejected.push({ index: indexOf[index]!, code, reason });
      rejected.sort((a, b) => a.index - b.index);
      if (outcome.accepted === 0 && rejected.length > 0) throw new NothingAccepted(rejected);
      return { accepted: outcome.accepted, rejected };
    },
  );
}
