import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Longest that a body may take, and the rest of one that was answered before it ended. */
const BODY_DEADLINE_MS = 20_000;
const LOOK_EVERY_MS = 1_000;

declare module 'fastify' {
  interface FastifyRequest {
    /** Whoever reads this body sees to it that it does not take for ever: a stream may take longer than any deadline. */
    setOwnDeadline(): void;
  }
}

interface OpenBody {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly since: number;
}

/**
 * Gives up requests whose body does not come: answers 408, or cuts the connection where an answer was given. Node's own
 * `requestTimeout` does the same, but knows no exception.
 */
export function limitBodies(app: FastifyInstance): void {
  // One entry a connection, as the requests of one come one after the other.
  const open = new Map<Socket, OpenBody>();
  const watch = (request: IncomingMessage, response: ServerResponse) => {
    open.set(request.socket, { request, response, since: performance.now() });
  };
  app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (hasBody(request)) watch(request, response);
  });
  app.decorateRequest('setOwnDeadline', function () {
    open.delete(this.raw.socket);
  });
  app.addHook('onResponse', (request, reply, done) => {
    if (!request.raw.complete && !request.raw.socket.destroyed) watch(request.raw, reply.raw);
    done();
  });
  const looking = setInterval(() => {
    for (const [socket, { request, response, since }] of open) {
      if (request.complete || socket.destroyed) open.delete(socket);
      else if (performance.now() - since > BODY_DEADLINE_MS) {
        open.delete(socket);
        if (response.headersSent) socket.destroy();
        else app.server.emit('clientError', requestTimedOut(), socket);
      }
    }
  }, LOOK_EVERY_MS);
  looking.unref();
  app.addHook('onClose', (_app, done) => {
    clearInterval(looking);
    done();
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** The error with which Node itself reports it. */
function requestTimedOut(): Error {
  return Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
}
