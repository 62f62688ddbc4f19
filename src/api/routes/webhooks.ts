import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import { PRIORITIES, type Priority } from '../../model/alert.ts';
import { ApiError } from '../../model/errors.ts';
import { createWebhook, deleteWebhook, findWebhook, listWebhooks } from '../../store/webhooks.ts';
import { Page, PageQuery, textCursor, toPage } from '../page.ts';
import { presentWebhook } from '../present.ts';
import { Problem, problemResponses } from '../problem.ts';
import { CreatedWebhook, WebhookSchema } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';

/** Endpoints that are told of alerts. Those of the plant file are listed, but changed only there. */
export function webhookRoutes(routes: Routes, { database, clock, webhooks }: ApiServices): void {
  routes.get(
    '/webhooks',
    {
      config: { scope: 'webhooks' },
      schema: {
        tags: ['webhooks'],
        summary: 'Webhooks, by id.',
        querystring: Type.Object(PageQuery),
        response: { 200: Page(WebhookSchema), ...problemResponses },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const rows = await listWebhooks(database, { after: textCursor(cursor), limit: limit + 1 });
      return toPage(rows, limit, ({ id }) => id, presentWebhook);
    },
  );

  routes.post(
    '/webhooks',
    {
      config: { scope: 'webhooks' },
      schema: {
        tags: ['webhooks'],
        summary:
          'Adds a webhook. Messages are signed as Standard Webhooks says; the secret is answered here and never again.',
        body: Type.Object(
          {
            url: Type.String({ minLength: 1, maxLength: 2_000 }),
            priorities: Type.Array(Type.Unsafe<Priority>(Type.String({ enum: [...PRIORITIES] })), {
              default: [],
              description: 'Empty: all.',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 201: CreatedWebhook, 422: Problem, ...problemResponses },
      },
    },
    async ({ body: { url, priorities }, caller }, reply) => {
      const refusal = webhooks.refuse(url);
      if (refusal !== null) throw new ApiError(422, 'blocked_address', refusal);
      const { secret, sealed } = webhooks.newSecret();
      const webhook = {
        id: `wh_${randomBytes(9).toString('base64url')}`,
        url,
        priorities,
        origin: 'api' as const,
        createdAt: clock.now(),
        createdBy: caller!.principal.name,
      };
      await createWebhook(database, { ...webhook, sealedSecret: sealed });
      webhooks.changed();
      return reply.code(201).send({ ...presentWebhook({ ...webhook, enabled: true, disabledReason: null }), secret });
    },
  );

  routes.delete(
    '/webhooks/:id',
    {
      config: { scope: 'webhooks' },
      schema: {
        tags: ['webhooks'],
        summary: 'Deletes a webhook; messages that wait for it are given up.',
        params: Type.Object({ id: Type.String({ maxLength: 200 }) }),
        response: { 204: Type.Null(), 404: Problem, 409: Problem, ...problemResponses },
      },
    },
    async ({ params: { id } }, reply) => {
      const webhook = id.includes('\u0000') ? null : await findWebhook(database, id);
      if (!webhook) throw new ApiError(404, 'not_found', `there is no webhook ${JSON.stringify(id)}`);
      if (webhook.origin === 'plant')
        throw new ApiError(409, 'conflict', `${id} comes from the plant file: remove it there`);
      await deleteWebhook(database, id);
      webhooks.changed();
      return reply.code(204).send(null);
    },
  );
}
