import { timingSafeEqual } from 'node:crypto';
import '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../model/clock.ts';
import { ApiError } from '../model/errors.ts';
import {
  type BrowserSession,
  findApiKey,
  findSession,
  type KeyHolder,
  listKeyHashes,
  type Principal,
} from '../store/access.ts';
import { type Database, isUnreachable } from '../store/database.ts';
import { hashSecret } from './keys.ts';

/** What a key may be allowed to do; `*` is everything. `none`: the route takes anybody, and says why in its description. */
export type Scope = (typeof SCOPES)[number] | 'none';
export const SCOPES = ['read', 'ingest', 'operate', 'webhooks', 'keys', 'admin'] as const;

/** Name of the session cookie. */
export const SESSION_COOKIE = 'millwright_session';

/** Who sent a request: by key, or by a browser session, which must show its CSRF token to change anything. */
export type Caller =
  | { readonly by: 'key'; readonly principal: KeyHolder }
  | { readonly by: 'session'; readonly principal: BrowserSession };

declare module 'fastify' {
  interface FastifyContextConfig {
    scope?: Scope;
  }
  interface FastifyRequest {
    caller: Caller | null;
  }
}

const CACHE_MS = 5_000;
const CACHE_SIZE = 20_000;
/** Who pushes with a key that was good a moment ago waits no longer than this for a database that does not answer. */
const PATIENCE_MS = 250;

/**
 * Finds out who calls. A key is looked up at most every 5 s, so that a revoked one stops within that. While the database is
 * away the last answer stands: a dying database must not lock out those who push.
 */
export class Access {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #cache = new Map<string, { readonly principal: KeyHolder | null; readonly until: number }>();
  readonly #asking = new Map<string, Promise<KeyHolder | null>>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Learns all keys, for the case that the database goes away before they were used. */
  async learnKeys(): Promise<void> {
    for (const { hash, ...principal } of await listKeyHashes(this.#database)) {
      this.#cache.set(hash.toString('base64'), { principal, until: 0 });
    }
  }

  /** Who holds this key, `null` when nobody does. Rejects when the database is away and the key is not known. */
  async byKey(key: string): Promise<KeyHolder | null> {
    const hash = hashSecret(key);
    const name = hash.toString('base64');
    const known = this.#cache.get(name);
    const now = this.#clock.now();
    if (known && known.until > now) return known.principal;
    const asked = this.#ask(name, hash);
    if (!known?.principal) return asked;
    const { principal } = known;
    const patience = new AbortController();
    const tired = this.#clock.sleep(PATIENCE_MS, patience.signal).then(() => principal);
    return Promise.race([asked, tired]).finally(() => patience.abort());
  }

  /** Asks the database, once for all who want to know the same. */
  #ask(name: string, hash: Buffer): Promise<KeyHolder | null> {
    const asking = this.#asking.get(name) ?? this.#learn(name, hash).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
    return asking;
  }

  async #learn(name: string, hash: Buffer): Promise<KeyHolder | null> {
    const known = this.#cache.get(name)?.principal ?? null;
    const principal = await findApiKey(this.#database, hash).catch((error: unknown) => {
      if (known === null || !isUnreachable(error)) throw error;
      return known; // not asked again for a while either: a database in trouble needs no storm of questions
    });
    // Wrong keys must not push right ones out, nor keep it from being known that one was revoked.
    if (principal !== null || this.#cache.has(name) || this.#cache.size < CACHE_SIZE)
      this.#cache.set(name, { principal, until: this.#clock.now() + CACHE_MS });
    return principal;
  }

  /** Whose session this cookie opens, `null` when it is over. */
  bySession(cookie: string): Promise<BrowserSession | null> {
    return findSession(this.#database, hashSecret(cookie), this.#clock.now());
  }

  /** Who sent this request; `null` when it carries nothing valid. */
  async callerOf(request: FastifyRequest): Promise<Caller | null> {
    // `Token` is what writers of InfluxDB say for `Bearer`.
    const authorization = request.headers.authorization;
    if (authorization !== undefined) {
      const key = /^(?:Bearer|Token) +(\S+)$/i.exec(authorization)?.[1];
      const principal = key === undefined ? null : await this.byKey(key);
      return principal && { by: 'key', principal };
    }
    const cookie = request.cookies[SESSION_COOKIE];
    const principal = cookie === undefined ? null : await this.bySession(cookie);
    return principal && { by: 'session', principal };
  }
}

/**
 * Guards every route that is registered in `scope` afterwards: each must name its scope, and its caller must have it.
 * A route without a scope is a mistake that keeps the service from starting.
 */
export function installAuth(scope: FastifyInstance, access: Access): void {
  scope.addHook('onRoute', (route) => {
    if (route.config?.scope === undefined)
      throw new Error(`${String(route.method)} ${route.url} does not say which scope it needs`);
  });
  scope.addHook('onRequest', async (request) => {
    const needed = request.routeOptions.config.scope;
    if (needed === undefined || needed === 'none') return;
    request.caller = await access.callerOf(request);
    if (!request.caller) throw new ApiError(401, 'unauthorized', 'a valid key or session is needed');
    requireCsrf(request, request.caller);
    requireScope(request.caller.principal, needed);
  });
}

/** Refuses a caller who lacks a scope. */
export function requireScope({ scopes }: Principal, needed: Scope): void {
  if (!scopes.includes('*') && !scopes.includes(needed))
    throw new ApiError(403, 'forbidden', `the scope "${needed}" is needed`);
}

/** A browser sends its cookie with whatever page asks it to: only our own pages know the CSRF token. */
export function requireCsrf(request: FastifyRequest, caller: Caller): void {
  if (caller.by !== 'session' || request.method === 'GET' || request.method === 'HEAD') return;
  const origin = request.headers.origin;
  if (origin !== undefined && hostOf(origin) !== request.headers.host) {
    throw new ApiError(403, 'csrf_token_wrong', 'the request comes from another site');
  }
  const given = Buffer.from(String(request.headers['x-csrf-token'] ?? ''));
  const expected = Buffer.from(caller.principal.csrfToken);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new ApiError(403, 'csrf_token_wrong', 'the x-csrf-token header is missing or wrong');
  }
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
