import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import { problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

/** Everything that happens, as it happens. */
export function eventRoutes(routes: Routes, { live, access }: ApiServices): void {
  routes.get(
    '/events',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['live'],
        summary: 'Live events (text/event-stream).',
        description:
          'Events: `readings` (`[{tag, at, value, quality, text?}]`, `at` in ms since 1970, of a text the first 200 characters, at most every 500 ms), `alert`, `workOrder`, `delivery`, `source` ' +
          '(each the object as its list gives it; `alert` with its `effect`). After a reconnect, read the present state again.',
        produces: ['text/event-stream'],
        response: { 200: Type.String(), ...problemResponses },
      },
    },
    async (request, reply) => {
      if (live.isFull) throw new ApiError(503, 'unavailable', 'too many people are watching already');
      reply.hijack();
      live.add({ response: reply.raw, isAllowed: async () => (await access.callerOf(request)) !== null });
    },
  );
}
