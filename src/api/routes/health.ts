import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import { Problem } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Health, metrics and the machine-readable description: for orchestrators and monitoring. */
export function healthRoutes(routes: Routes, { notReady, metrics, access }: ApiServices): void {
  routes.get(
    '/health/live',
    {
      schema: {
        tags: ['health'],
        summary: 'The process runs.',
        response: { 200: Type.Object({ status: Type.Literal('live') }) },
      },
    },
    async () => ({ status: 'live' as const }),
  );

  const readiness = Type.Object({
    status: Type.Unsafe<'ready' | 'not ready'>(Type.String({ enum: ['ready', 'not ready'] })),
    reasons: Type.Array(Type.String()),
  });
  routes.get(
    '/health/ready',
    {
      schema: {
        tags: ['health'],
        summary: 'Everything the service needs is there.',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const reasons = [...(await notReady())];
      if (reasons.length > 0) return reply.code(503).send({ status: 'not ready', reasons });
      return { status: 'ready' as const, reasons };
    },
  );

  routes.get(
    '/metrics',
    {
      schema: {
        tags: ['health'],
        summary: 'Prometheus metrics; from another machine only with a key.',
        produces: ['text/plain'],
        response: { 200: Type.String(), 401: Problem },
      },
    },
    async (request, reply) => {
      if (!LOOPBACK.has(request.ip) && !(await access.callerOf(request)))
        throw new ApiError(401, 'unauthorized', 'a valid key is needed');
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics());
    },
  );

  routes.get('/openapi.json', { schema: { hide: true } }, async () => routes.swagger());
}
