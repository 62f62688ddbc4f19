import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded.ts';

/** A PostgreSQL whose user may create databases. */
export interface DatabaseServer extends AsyncDisposable {
  readonly url: string;
  /** Name and version, for the head of the table. */
  readonly version: string;
}

/** One database and a connection of the bench's own to it. */
export interface BenchDatabase extends AsyncDisposable {
  readonly url: string;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** One binary COPY, one transaction. */
  copyIn(text: string, bytes: Buffer): Promise<void>;
  /** Cuts every other connection and lets none in. */
  close(): Promise<void>;
  /** Lets connections in again. */
  open(): Promise<void>;
}

/** Uses the server at `url`, or starts the embedded one in a temporary folder. */
export async function openServer(url: string | null): Promise<DatabaseServer> {
  if (url !== null) return { url, version: await versionOf(url), [Symbol.asyncDispose]: async () => undefined };
  const directory = mkdtempSync(join(tmpdir(), 'bench-pg-'));
  chmodSync(directory, 0o755); // PostgreSQL does not run as root: it changes to a user that must get in here
  const postgres = await startEmbeddedPostgres({
    directory: join(directory, 'postgres'),
    log: () => undefined,
    signal: new AbortController().signal,
  });
  return {
    url: postgres.url,
    version: await versionOf(postgres.url),
    [Symbol.asyncDispose]: async () => {
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Makes a database that goes when it is disposed of. */
export async function createDatabase(server: DatabaseServer): Promise<BenchDatabase> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  const admin = await connect(server.url);
  await admin.query(`create database ${name}`);
  const url = Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  let own: pg.Client | null = await connect(url);
  const ownClient = async () => {
    own ??= await connect(url);
    return own;
  };
  return {
    url,
    query: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await (await ownClient()).query<Row>(text, values)).rows,
    copyIn: async (text, bytes) => {
      const stream = (await ownClient()).query(copyFrom(text));
      await pipeline([bytes], stream);
    },
    close: async () => {
      await own?.end();
      own = null;
      await admin.query(`alter database ${name} with allow_connections false`);
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    },
    open: async () => {
      await admin.query(`alter database ${name} with allow_connections true`);
    },
    [Symbol.asyncDispose]: async () => {
      await own?.end();
      await admin.query(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}

async function versionOf(url: string): Promise<string> {
  const client = await connect(url);
  const { rows } = await client.query<{ name: string; version: string }>(
    `select 'PostgreSQL' as name, current_setting('server_version') as version
      union all select extname, extversion from pg_extension where extname = 'timescaledb'`,
  );
  await client.end();
  return rows.map(({ name, version }) => `${name} ${version}`).join(', ');
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // the next statement on it fails and tells
  await client.connect();
  return client;
}
