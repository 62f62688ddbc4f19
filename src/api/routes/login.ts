import { Type } from 'typebox';
import type { ApiServices, Routes } from '../services.ts';
import { openSession } from './session.ts';

/** The login link that the service prints when it starts: signs in once, then leads to the console. */
export function loginRoutes(routes: Routes, services: ApiServices): void {
  routes.get(
    '/login',
    { schema: { hide: true, querystring: Type.Object({ token: Type.Optional(Type.String({ maxLength: 200 })) }) } },
    async (request, reply) => {
      // Without a valid token the console itself asks for a key.
      if (services.loginLinks.redeem(request.query.token ?? '')) {
        await openSession(services, request, reply, { name: 'login link', scopes: ['*'] }, null);
        return reply.redirect('/', 303);
      }
      return reply.redirect('/?link=used', 303);
    },
  );
}
