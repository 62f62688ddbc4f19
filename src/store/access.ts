import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** Who a key or a session belongs to and what it may do. */
export interface Principal {
  readonly name: string;
  readonly scopes: readonly string[];
}

/** A browser session. */
export interface BrowserSession extends Principal {
  readonly csrfToken: string;
  readonly expiresAt: EpochMs;
}

/** Stores a key's hash, replacing the key that had this id. */
export async function storeApiKey(
  session: Session,
  key: { readonly id: string; readonly hash: Buffer; readonly createdAt: EpochMs } & Principal,
): Promise<void> {
  await session.query(`delete from api_key where id = $1 or hash = $2`, [key.id, key.hash]);
  await session.query('insert into api_key (id, name, hash, scopes, created_at) values ($1, $2, $3, $4, $5)', [
    key.id,
    key.name,
    key.hash,
    key.scopes,
    new Date(key.createdAt),
  ]);
}

/** Whether any key could be used. */
export async function hasApiKey(session: Session): Promise<boolean> {
  const { rows } = await session.query<{ found: boolean }>(
    'select exists (select from api_key where revoked_at is null) as found',
  );
  return rows[0]?.found ?? false;
}

/** Whose key has this hash, `null` when there is none or it was revoked. */
export async function findApiKey(session: Session, hash: Buffer): Promise<Principal | null> {
  const { rows } = await session.query<Principal>(
    'select name, scopes from api_key where hash = $1 and revoked_at is null',
    [hash],
  );
  return rows[0] ?? null;
}

/** All keys that may be used, by their hashes: for those who must know them while the database is away. */
export async function listApiKeys(session: Session): Promise<(Principal & { readonly hash: Buffer })[]> {
  const { rows } = await session.query<Principal & { hash: Buffer }>(
    'select hash, name, scopes from api_key where revoked_at is null order by created_at desc limit 10000',
  );
  return rows;
}

/** Stores a browser session by the hash of its cookie; forgets those that are over. */
export async function storeSession(
  session: Session,
  hash: Buffer,
  opened: BrowserSession & { readonly createdAt: EpochMs },
): Promise<void> {
  await session.query('delete from session where expires_at < $1', [new Date(opened.createdAt)]);
  await session.query(
    'insert into session (hash, name, scopes, csrf_token, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)',
    [hash, opened.name, opened.scopes, opened.csrfToken, new Date(opened.createdAt), new Date(opened.expiresAt)],
  );
}

/** The session with this hash, `null` when there is none or it is over. */
export async function findSession(session: Session, hash: Buffer, at: EpochMs): Promise<BrowserSession | null> {
  const { rows } = await session.query<Principal & { csrf_token: string; expires_at: Date }>(
    'select name, scopes, csrf_token, expires_at from session where hash = $1 and expires_at > $2',
    [hash, new Date(at)],
  );
  const found = rows[0];
  return found
    ? { name: found.name, scopes: found.scopes, csrfToken: found.csrf_token, expiresAt: found.expires_at.getTime() }
    : null;
}

/** Ends a session. */
export async function deleteSession(session: Session, hash: Buffer): Promise<void> {
  await session.query('delete from session where hash = $1', [hash]);
}
