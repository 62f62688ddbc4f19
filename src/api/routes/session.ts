import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import { deleteSession, type Principal, storeSession } from '../../store/access.ts';
import { SESSION_COOKIE } from '../auth.ts';
import { hashSecret, newToken } from '../keys.ts';
import { Problem, problemResponses } from '../problem.ts';
import { Session } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';
import { requireNoQuota } from './keys.ts';

const SESSION_MS = 12 * 60 * 60_000;

/** Browser sessions: a key is traded for a cookie, because an event stream can't send a Bearer. */
export function sessionRoutes(routes: Routes, services: ApiServices): void {
  const { access, database } = services;

  routes.get(
    '/session',
    {
      config: { scope: 'read' },
      schema: { tags: ['session'], summary: 'Who I am.', response: { 200: Session, ...problemResponses } },
    },
    async ({ caller }) => {
      const { name, scopes } = caller!.principal;
      return { name, scopes: [...scopes], csrfToken: caller!.by === 'session' ? caller!.principal.csrfToken : '' };
    },
  );

  routes.post(
    '/session',
    {
      config: { scope: 'none' },
      schema: {
        tags: ['session'],
        summary: 'Trades a key for a session cookie.',
        body: Type.Object({ key: Type.String({ minLength: 1, maxLength: 500 }) }, { additionalProperties: false }),
        response: { 200: Session, 400: Problem, 401: Problem, 403: Problem, 503: Problem },
      },
    },
    async (request, reply) => {
      const principal = await access.byKey(request.body.key);
      if (!principal) throw new ApiError(401, 'unauthorized', 'this key is not valid');
      requireNoQuota(principal);
      return openSession(services, request, reply, principal, hashSecret(request.body.key));
    },
  );

  routes.delete(
    '/session',
    {
      config: { scope: 'read' },
      schema: { tags: ['session'], summary: 'Signs out.', response: { 204: Type.Null(), ...problemResponses } },
    },
    async (request, reply) => {
      const cookie = request.cookies[SESSION_COOKIE];
      if (cookie !== undefined) await deleteSession(database, hashSecret(cookie));
      return reply.clearCookie(SESSION_COOKIE, { path: '/' }).code(204).send(null);
    },
  );
}

/** Opens a session for somebody and sets its cookie; one that was opened with a key ends when the key is revoked. */
export async function openSession(
  { database, clock }: ApiServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { name, scopes }: Principal,
  keyHash: Buffer | null,
): Promise<{ name: string; scopes: string[]; csrfToken: string }> {
  const cookie = newToken();
  const csrfToken = newToken();
  const now = clock.now();
  await storeSession(database, hashSecret(cookie), {
    name,
    scopes,
    csrfToken,
    createdAt: now,
    expiresAt: now + SESSION_MS,
    keyHash,
  });
  reply.setCookie(SESSION_COOKIE, cookie, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https',
    maxAge: SESSION_MS / 1_000,
  });
  return { name, scopes: [...scopes], csrfToken };
}
