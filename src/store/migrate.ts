import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { StoreError } from '../model/errors.ts';
import { errorCode, isUnreachable, type Session } from './database.ts';

/** What `migrate` did: the names of the migrations it applied, oldest first. */
export interface Migrated {
  readonly applied: readonly string[];
}

/** The folder of the numbered SQL files, in the sources as in the built package. */
export const migrationsFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../migrations' : '../../../migrations', import.meta.url),
);

/**
 * Brings the schema up to date, one transaction for all missing migrations, under an advisory lock.
 * Throws `database_newer` (nothing is touched), `database_unreachable`, `database_rights` or `database_broken`.
 */
export async function migrate(url: string): Promise<Migrated> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await refuseNewer(client);
    const done = await runner({
      dbClient: client,
      dir: migrationsFolder,
      migrationsTable: 'migration',
      direction: 'up',
      checkOrder: true,
      singleTransaction: true,
      advisoryLockMode: 'wait', // for another start, or for the session of one that was just killed
      logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    return { applied: done.map(({ name }) => name) };
  } catch (error) {
    throw explain(error, url);
  } finally {
    await client.end().catch(() => undefined); // the outcome is known by now; the server may already be gone
  }
}

/** Lets one program at a time make tables, until the transaction ends. */
export async function lockSchema(session: Session): Promise<void> {
  await session.query('select pg_advisory_xact_lock(7707002)');
}

/** A database that an even newer Millwright has migrated is left alone. */
async function refuseNewer(client: pg.Client): Promise<void> {
  const { rows: found } = await client.query<{ table: string | null }>(
    `select to_regclass('migration')::text as table`,
  );
  if (found[0]?.table === null) return;
  const known = new Set((await readdir(migrationsFolder)).map((file) => file.replace(/\.sql$/, '')));
  const { rows } = await client.query<{ name: string }>('select name from migration order by id');
  const unknown = rows.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new StoreError(
    'database_newer',
    `the database was made by a newer Millwright (it knows ${unknown.join(', ')}): install that version, or restore a backup`,
  );
}

/** Says in a sentence why a database can't be used at all. */
export function explain(error: unknown, url: string): StoreError {
  if (error instanceof StoreError) return error;
  const where = withoutPassword(url);
  const cause = { cause: error };
  const reason = firstLine(error).replace(/^Unable to ensure migrations table: error: /, '');
  const code = errorCode(error);
  if (code === '28P01' || code === '28000')
    return new StoreError('database_rights', `${where} refuses the user or password`, cause);
  if (code === '3D000')
    return new StoreError('database_rights', `${where}: ${reason}: create the database first`, cause);
  if (code === '42501' || /^(permission denied for|must be owner of) /.test(reason))
    return new StoreError('database_rights', `${where}: ${reason}: the user must own its schema`, cause);
  if (isUnreachable(error)) return new StoreError('database_unreachable', `cannot reach ${where}: ${reason}`, cause);
  return new StoreError('database_broken', `cannot use ${where}: ${reason}`, cause);
}

/** node-pg-migrate makes of some errors one message with their stack, and drops their code. */
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/** A database URL as it may be shown. */
export function withoutPassword(url: string): string {
  try {
    const { protocol, hostname, port, pathname } = new URL(url);
    return `${protocol}//${hostname}${port ? `:${port}` : ''}${pathname}`;
  } catch (error) {
    throw new StoreError(
      'database_broken',
      'DATABASE_URL is not a URL: write postgres://user:password@host:5432/name',
      { cause: error },
    );
  }
}
