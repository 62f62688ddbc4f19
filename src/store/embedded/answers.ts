import { realpath } from 'node:fs/promises';
import pg from 'pg';

/** Role and database of the embedded PostgreSQL. */
export const NAME = 'millwright';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;

/** How to reach a server on this computer. */
export interface Access {
  readonly port: number;
  readonly password: string;
}

/** `ours` = it serves this data folder under our password. `reason` is in PostgreSQL's or the system's words. */
export type Answer =
  | { readonly kind: 'ours' }
  | { readonly kind: 'wrong password' }
  | { readonly kind: 'another folder'; readonly folder: string }
  | { readonly kind: 'none'; readonly reason: string };

/** Asks a server whether it serves this data folder, and makes our database in it when it is not there yet. */
export async function askServer(access: Access, directory: string): Promise<Answer> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: access.port,
    user: NAME,
    password: access.password,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
  });
  client.on('error', () => undefined); // also reported by the call under way; without a listener it would end the process
  try {
    await client.connect();
    const shown = await client.query<{ data_directory: string }>('show data_directory');
    const folder = shown.rows[0]?.data_directory ?? '';
    if ((await samePlace(folder)) !== (await samePlace(directory))) return { kind: 'another folder', folder };
    const found = await client.query('select 1 from pg_database where datname = $1', [NAME]);
    if (found.rowCount === 0) await client.query(`create database ${NAME}`);
    return { kind: 'ours' };
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code?.startsWith('28')) return { kind: 'wrong password' };
    return { kind: 'none', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    await client.end().catch(() => undefined); // it may never have been connected
  }
}

/** The address of our database on a server. */
export function urlOf({ port, password }: Access): string {
  return `postgresql://${NAME}:${password}@127.0.0.1:${port}/${NAME}`;
}

async function samePlace(folder: string): Promise<string> {
  return realpath(folder).catch(() => folder);
}
