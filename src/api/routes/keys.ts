import { type Static, Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import { formatTime } from '../../model/time.ts';
import {
  type ApiKey,
  type KeyHolder,
  listApiKeys,
  readUsableKey,
  revokeApiKey,
  storeApiKey,
} from '../../store/access.ts';
import { type Caller, SCOPES, type Scope } from '../auth.ts';
import { hashSecret, newApiKey } from '../keys.ts';
import { Page, PageQuery, textCursor, toPage } from '../page.ts';
import { Problem, problemResponses } from '../problem.ts';
import { nullable, Time } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';

const ScopeName = Type.Unsafe<Scope | '*'>(Type.String({ enum: [...SCOPES, '*'] }));

const Quota = {
  readingsPerSecond: nullable(
    Type.Integer({
      minimum: 1,
      maximum: 100_000_000,
      description: 'Most readings a second on average; null: no limit.',
    }),
  ),
  bytesPerDay: nullable(
    Type.Integer({
      minimum: 1,
      maximum: 2 ** 50,
      description: 'Most bytes of bodies, as sent, in a UTC day; null: no limit.',
    }),
  ),
};

const KeySchema = Type.Object(
  { id: Type.String(), name: Type.String(), scopes: Type.Array(ScopeName), createdAt: Time, ...Quota },
  { title: 'ApiKey' },
);

const NewKey = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[^\\u0000-\\u001f]*$',
      description: 'Who or what uses it.',
    }),
    scopes: Type.Array(ScopeName, {
      minItems: 1,
      uniqueItems: true,
      description: 'What it may do; `*` is everything.',
    }),
    readingsPerSecond: Type.Optional(Quota.readingsPerSecond),
    bytesPerDay: Type.Optional(Quota.bytesPerDay),
  },
  { additionalProperties: false },
);

const CreatedKey = Type.Object(
  { ...KeySchema.properties, key: Type.String({ description: 'The key itself, shown only here.' }) },
  { title: 'CreatedApiKey' },
);

/** API keys: who may do what, and how much each may push. */
export function keyRoutes(routes: Routes, { database, clock, onKeyChange }: ApiServices): void {
  routes.get(
    '/keys',
    {
      config: { scope: 'keys' },
      schema: {
        tags: ['keys'],
        summary: 'API keys that may be used, by id.',
        querystring: Type.Object(PageQuery),
        response: { 200: Page(KeySchema), ...problemResponses },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const rows = await listApiKeys(database, { after: textCursor(cursor), limit: limit + 1 });
      return toPage(rows, limit, ({ id }) => id, presentKey);
    },
  );

  routes.post(
    '/keys',
    {
      config: { scope: 'keys' },
      schema: {
        tags: ['keys'],
        summary: 'Makes an API key. It is answered here and never again.',
        description:
          'Nobody can give what they do not have: you need every scope that the key gets, and a key with a quota makes none.',
        body: NewKey,
        response: { 201: CreatedKey, ...problemResponses },
      },
    },
    async ({ body, caller }, reply) => {
      requireNoQuota(caller!);
      for (const scope of body.scopes) requireGiven(caller!.principal.scopes, scope);
      const { id, key } = newApiKey();
      const { name, scopes, readingsPerSecond = null, bytesPerDay = null } = body;
      const made = { id, name, scopes, createdAt: clock.now(), quota: { readingsPerSecond, bytesPerDay } };
      await database.transaction((session) => storeApiKey(session, { ...made, hash: hashSecret(key) }));
      onKeyChange({ change: 'made', keyId: id, name, scopes, by: caller!.principal.name });
      return reply.code(201).send({ ...presentKey(made), key });
    },
  );

  routes.delete(
    '/keys/:id',
    {
      config: { scope: 'keys' },
      schema: {
        tags: ['keys'],
        summary: 'Revokes an API key: it opens nothing any more after 5 s at most, and its browser sessions end.',
        description: 'You need every scope that the key has.',
        params: Type.Object({ id: Type.String({ maxLength: 200 }) }),
        response: { 204: Type.Null(), 404: Problem, ...problemResponses },
      },
    },
    async ({ params: { id }, caller }, reply) => {
      const key = id.includes('\u0000') ? null : await readUsableKey(database, id);
      for (const scope of key?.scopes ?? []) requireGiven(caller!.principal.scopes, scope);
      const isRevoked = key !== null && (await revokeApiKey(database, id, clock.now()));
      if (!isRevoked) throw new ApiError(404, 'not_found', `there is no key ${JSON.stringify(id)}`);
      onKeyChange({ change: 'revoked', keyId: id, ...key, by: caller!.principal.name });
      return reply.code(204).send(null);
    },
  );
}

/** What a key with a quota made would have none; for the same reason it opens no session. */
export function requireNoQuota(caller: Caller | KeyHolder): void {
  const holder = 'by' in caller ? (caller.by === 'key' ? caller.principal : null) : caller;
  if (holder === null || (holder.quota.readingsPerSecond === null && holder.quota.bytesPerDay === null)) return;
  throw new ApiError(
    403,
    'forbidden',
    'a key with a quota only pushes and reads: it makes no keys and opens no session',
  );
}

function requireGiven(scopes: readonly string[], wanted: string): void {
  if (scopes.includes('*') || scopes.includes(wanted)) return;
  throw new ApiError(
    403,
    'forbidden',
    wanted === '*' ? 'only a key that may do everything makes or revokes another' : `the scope "${wanted}" is needed`,
  );
}

function presentKey({ id, name, scopes, createdAt, quota }: ApiKey): Static<typeof KeySchema> {
  // What storeApiKey stored.
  return { id, name, scopes: [...scopes] as (Scope | '*')[], createdAt: formatTime(createdAt), ...quota };
}
