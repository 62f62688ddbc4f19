import type { PushQuota } from '../model/push-quota.ts';
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

/** Somebody who calls with a key. */
export interface KeyHolder extends Principal {
  readonly id: string;
  readonly quota: PushQuota;
}

/** An API key, without its secret. */
export interface ApiKey extends KeyHolder {
  readonly createdAt: EpochMs;
}

const NO_QUOTA: PushQuota = { readingsPerSecond: null, bytesPerDay: null };

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly readings_per_second: number | null;
  /** As float8: bigint would come as text. */
  readonly bytes_per_day: number | null;
}

/** Stores a key's hash, replacing the key that had this id. */
export async function storeApiKey(
  session: Session,
  key: Omit<ApiKey, 'quota'> & { readonly hash: Buffer; readonly quota?: PushQuota },
): Promise<void> {
  const { readingsPerSecond, bytesPerDay } = key.quota ?? NO_QUOTA;
  await session.query(`delete from api_key where id = $1 or hash = $2`, [key.id, key.hash]);
  await session.query(
    `insert into api_key (id, name, hash, scopes, created_at, readings_per_second, bytes_per_day)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [key.id, key.name, key.hash, key.scopes, new Date(key.createdAt), readingsPerSecond, bytesPerDay],
  );
}

/** Keys that may be used, by id. */
export async function listApiKeys(
  session: Session,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<ApiKey[]> {
  const { rows } = await session.query<KeyRow & { created_at: Date }>(
    `select id, name, scopes, created_at, readings_per_second, bytes_per_day::float8 as bytes_per_day
       from api_key where revoked_at is null and id > $1 order by id limit $2`,
    [after, limit],
  );
  return rows.map((row) => ({ ...toHolder(row), createdAt: row.created_at.getTime() }));
}

/** Whose a key that may be used is, and what for; `null` when there is no such key. */
export async function readUsableKey(session: Session, id: string): Promise<Principal | null> {
  const { rows } = await session.query<Principal>(
    'select name, scopes from api_key where id = $1 and revoked_at is null',
    [id],
  );
  return rows[0] ?? null;
}

/** Takes a key out of use; whether there was one. */
export async function revokeApiKey(session: Session, id: string, at: EpochMs): Promise<boolean> {
  const { rowCount } = await session.query('update api_key set revoked_at = $2 where id = $1 and revoked_at is null', [
    id,
    new Date(at),
  ]);
  return rowCount > 0;
}

/** Whether any key could be used. */
export async function hasApiKey(session: Session): Promise<boolean> {
  const { rows } = await session.query<{ found: boolean }>(
    'select exists (select from api_key where revoked_at is null) as found',
  );
  return rows[0]?.found ?? false;
}

/** Whose key has this hash, `null` when there is none or it was revoked. */
export async function findApiKey(session: Session, hash: Buffer): Promise<KeyHolder | null> {
  const { rows } = await session.query<KeyRow>(
    `select id, name, scopes, readings_per_second, bytes_per_day::float8 as bytes_per_day
       from api_key where hash = $1 and revoked_at is null`,
    [hash],
  );
  return rows[0] ? toHolder(rows[0]) : null;
}

/** All keys that may be used, by their hashes: for those who must know them while the database is away. */
export async function listKeyHashes(session: Session): Promise<(KeyHolder & { readonly hash: Buffer })[]> {
  const { rows } = await session.query<KeyRow & { hash: Buffer }>(
    `select id, hash, name, scopes, readings_per_second, bytes_per_day::float8 as bytes_per_day
       from api_key where revoked_at is null order by created_at desc limit 10000`,
  );
  return rows.map((row) => ({ ...toHolder(row), hash: row.hash }));
}

function toHolder({ id, name, scopes, readings_per_second, bytes_per_day }: KeyRow): KeyHolder {
  return { id, name, scopes, quota: { readingsPerSecond: readings_per_second, bytesPerDay: bytes_per_day } };
}

/** Stores a browser session by the hash of its cookie; forgets those that are over. */
export async function storeSession(
  session: Session,
  hash: Buffer,
  opened: BrowserSession & { readonly createdAt: EpochMs; readonly keyHash: Buffer | null },
): Promise<void> {
  await session.query('delete from session where expires_at < $1', [new Date(opened.createdAt)]);
  await session.query(
    `insert into session (hash, name, scopes, csrf_token, created_at, expires_at, key_hash)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      hash,
      opened.name,
      opened.scopes,
      opened.csrfToken,
      new Date(opened.createdAt),
      new Date(opened.expiresAt),
      opened.keyHash,
    ],
  );
}

/** The session with this hash, `null` when there is none, it is over, or the key it was opened with was revoked. */
export async function findSession(session: Session, hash: Buffer, at: EpochMs): Promise<BrowserSession | null> {
  const { rows } = await session.query<Principal & { csrf_token: string; expires_at: Date }>(
    `select name, scopes, csrf_token, expires_at from session
      where hash = $1 and expires_at > $2 and (key_hash is null or exists
        (select from api_key where api_key.hash = session.key_hash and api_key.revoked_at is null))`,
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
