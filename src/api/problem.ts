import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { ApiError, type ErrorCode, isOurs } from '../model/errors.ts';
import { isUnreachable } from '../store/database.ts';

/** RFC 9457 problem document: what went wrong (`title`, `detail`) and what to do (`action`). */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Stable name of the problem.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong, and where.' }),
    action: Type.String({ description: 'What to do about it.' }),
    code: Type.String({ description: 'Machine-readable code.' }),
  },
  { title: 'Problem', additionalProperties: true },
);

/** The problem documents that any route under `/api/v1` may answer with, for its schema. */
export const problemResponses = { 400: Problem, 401: Problem, 403: Problem, 503: Problem };

const ACTIONS: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'Send a valid key as "Authorization: Bearer <key>", or sign in again.',
  forbidden: 'Use a key that has the scope, or ask an administrator for it.',
  csrf_token_wrong: 'Send the csrfToken of GET /api/v1/session as x-csrf-token, or use a key.',
  not_found: 'Check the address and the id.',
  body_invalid: 'Correct the request and send it again; nothing of it was stored.',
  body_too_large: 'Send smaller batches; nothing of it was stored.',
  nothing_accepted: 'See "rejected" for the reason of each reading.',
  capture_refused: 'Correct what the detail names and send it again; nothing was stored.',
  range_too_large: 'Ask for a shorter range, or as the detail says.',
  plant_invalid: 'Correct the plant file and reload it; until then the service goes on with the one it has.',
  plant_unreadable:
    'Put the plant file where it was and reload it; until then the service goes on with the one it has.',
  restart_needed: 'Restart the service to have it take the whole plant file, or take back what the detail names.',
  conflict: 'Read the present state again.',
  idempotency_key_in_use: 'Wait for the answer to the first request, or send it again after the time in Retry-After.',
  idempotency_key_reused: 'Use a new key for each request, and the same one only to send the same body again.',
  blocked_address:
    'Use a public https address, or list the network under allowPrivateWebhookTargets in the plant file.',
  log_full: 'Send the same request again after the time in Retry-After; nothing of it was stored.',
  request_timeout: 'Send the same request again, without pauses of 20 s; nothing of it was stored.',
  rate_limited: 'Wait for the time in Retry-After, then go on; send less at once, or ask for a larger quota.',
  unavailable: 'Send the same request again after the time in Retry-After.',
};

/** Answers every error as a problem document; never tells internals. `onFailure` gets what is a fault of ours. */
export function installProblems(
  app: FastifyInstance,
  onFailure: (failure: { readonly error: unknown; readonly route: string }) => void,
): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toApiError(error, request.routeOptions.bodyLimit);
    if (problem.status >= 500 && problem.code !== 'log_full') {
      onFailure({ error, route: `${request.method} ${request.routeOptions.url ?? 'unmatched'}` });
    }
    return answer(problem, reply);
  });
  app.setNotFoundHandler((request, reply) =>
    answer(new ApiError(404, 'not_found', `there is nothing at ${request.method} ${request.url.split('?')[0]}`), reply),
  );
}

function answer(error: ApiError, reply: FastifyReply): FastifyReply {
  if (error.status === 408)
    reply.header('connection', 'close'); // there is nobody to send the rest
  // A connection that is closed while its client sends is reset, and the answer lost: the rest of the body goes by first.
  else if (!reply.request.raw.complete) reply.raw.shouldKeepAlive = true;
  if (error.isRetryable) reply.header('retry-after', String(error.retryAfterS ?? 2));
  return reply
    .code(error.status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({
      type: `urn:millwright:problem:${error.code}`,
      title: error.code === 'range_too_large' ? 'Too much at once' : (TITLES[error.status] ?? 'Error'),
      status: error.status,
      detail: error.message,
      action: ACTIONS[error.code] ?? 'See the service log for details.',
      code: error.code,
      ...('extra' in error ? (error.extra as object) : {}),
    });
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is malformed',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  408: 'Too slow',
  409: 'Not possible now',
  413: 'Too large',
  415: 'Not a supported media type',
  422: 'Nothing could be accepted',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available now',
};

function toApiError(error: FastifyError, bodyLimitBytes: number | undefined): ApiError {
  if (error instanceof ApiError) return error;
  if (isOurs(error) && error.isRetryable) return new ApiError(503, error.code, error.message, { cause: error });
  if (error.validation) return new ApiError(400, 'body_invalid', error.message, { cause: error });
  const status = error.statusCode ?? 500;
  if (status === 413)
    return new ApiError(413, 'body_too_large', `the body is larger than ${(bodyLimitBytes ?? 0) / 1_048_576} MiB`, {
      cause: error,
    });
  if (status === 404) return new ApiError(404, 'not_found', 'there is no such thing', { cause: error });
  if (status >= 400 && status < 500) return new ApiError(status, 'body_invalid', error.message, { cause: error });
  if (isUnreachable(error)) return new ApiError(503, 'unavailable', 'the database does not answer', { cause: error });
  return new ApiError(500, 'unavailable', 'something went wrong inside the service', { cause: error });
}
