import type { FastifyInstance } from 'fastify';
import type { AdapterContext } from '../adapter.ts';

const UNREADABLE = 400;

/**
 * Counts each body that is refused because it cannot be read, or breaks off, as one `malformed` thing: the sender is told, but a
 * sender that does not listen is seen only at its source.
 */
export function countRefusedBodies(scope: FastifyInstance, ctx: Pick<AdapterContext, 'discard'>): void {
  scope.addHook('onError', async (_request, _reply, error) => {
    const status = 'status' in error ? error.status : error.statusCode;
    if (status === UNREADABLE) ctx.discard('malformed', 1);
  });
}
