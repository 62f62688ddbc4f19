import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createBackoff } from '../model/backoff.ts';
import { type Clock, systemClock } from '../model/clock.ts';
import { StoreError } from '../model/errors.ts';
import { explain, withoutPassword } from './migrate.ts';

/** Key of the advisory lock, in a space of two numbers of its own: "Mill", 1. */
const LOCK = [0x4d696c6c, 1] as const;
/** A service that was killed a moment ago may still be seen by the database for so long. */
const PATIENCE_MS = 10_000;
const POLL_MS = 250;
const CONNECT_MS = 10_000;
const NAME = 'millwright owner';

/** That this service, and no other, works on a database. */
export interface Ownership {
  /** What is wrong with it, in a sentence; `null` while it holds. */
  readonly trouble: () => string | null;
  release(): Promise<void>;
}

/** Who asks for the lock: its name on the server, and the beginning of the names of dead sessions of its own. */
interface Claim {
  readonly name: string;
  readonly heirOf: string;
  /** Cuts an attempt off: a frozen server must not hold up the end of the service. */
  readonly signal: AbortSignal;
}

/** What `takeOwnership` needs. */
export interface OwnershipOptions {
  /** 32 hex digits, random, of the data directory: a holder with the same one is this service, before it was killed. */
  readonly identity: string;
  readonly log: (event: {
    readonly level: 'info' | 'warn';
    readonly message: string;
    readonly fields: Readonly<Record<string, string | number>>;
  }) => void;
  /** Breaks off waiting for another holder. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/**
 * Takes the database for this service, by an advisory lock on a connection of its own. When that connection is lost the
 * service goes on, and takes the lock again as soon as the database answers; `trouble` says when somebody else was faster.
 * Two services would evaluate and deliver everything twice, and overwrite each other's cursors.
 * Throws `database_in_use` when another service holds it, and what `migrate` throws when the database can't be used at all.
 */
export async function takeOwnership(url: string, options: OwnershipOptions): Promise<Ownership> {
  const clock = options.clock ?? systemClock;
  const ending = new AbortController();
  let trouble: string | null = null;
  const ended = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()));
  const service = `${NAME} ${options.identity}`;
  const session = `${service} ${randomBytes(4).toString('hex')}`;
  let held = await takeWithin(url, { name: session, heirOf: service, signal: options.signal }, clock);
  // Once it runs, only a session that this very process lost: two containers on one volume would rob each other for ever.
  const claim: Claim = { name: session, heirOf: session, signal: ending.signal };

  const keep = (async () => {
    while (!ending.signal.aborted) {
      await Promise.race([held.gone, ended]);
      const backoff = createBackoff(() => 0.5);
      while (!ending.signal.aborted) {
        await clock.sleep(backoff.next(clock.now()), ending.signal);
        const outcome = await take(url, claim).catch(() => null); // the database is away: others say so
        if (outcome === null) continue;
        if (outcome.lock !== null) {
          held = outcome.lock;
          trouble = null;
          break;
        }
        if (trouble === null) options.log({ level: 'warn', message: TAKEN, fields: { holder: outcome.holder } });
        trouble = sayInUse(url, outcome.holder);
      }
    }
  })();

  return {
    trouble: () => trouble,
    release: async () => {
      ending.abort();
      await keep;
      await close(held.client);
    },
  };
}

const TAKEN = 'another Millwright took the database while it was out of reach: stop one of them';

/** A connection that holds the lock. */
interface Held {
  readonly client: pg.Client;
  /** Resolves when it is lost. */
  readonly gone: Promise<void>;
}

/** The outcome of one attempt: the lock, or where the one is who holds it instead. */
type Attempt = { readonly lock: Held; readonly holder: null } | { readonly lock: null; readonly holder: string };

async function takeWithin(url: string, claim: Claim, clock: Clock): Promise<Held> {
  const deadline = clock.now() + PATIENCE_MS;
  for (;;) {
    const attempt = await take(url, claim).catch((error: unknown) => {
      throw explain(error, url);
    });
    if (attempt.lock !== null) return attempt.lock;
    if (claim.signal.aborted || clock.now() >= deadline) {
      throw new StoreError('database_in_use', sayInUse(url, attempt.holder));
    }
    await clock.sleep(POLL_MS, claim.signal);
  }
}

async function take(url: string, { name, heirOf, signal }: Claim): Promise<Attempt> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
    application_name: name,
    keepAlive: true,
  });
  client.on('error', () => undefined); // without it node-postgres would end the process
  const gone = new Promise<void>((resolve) => client.once('end', resolve));
  const lock: Held = { client, gone };
  const cut = () => void close(client);
  signal.addEventListener('abort', cut);
  try {
    await client.connect();
    if (await tryLock(client)) return { lock, holder: null };
    const holder = await findHolder(client);
    if (holder?.application.startsWith(heirOf)) {
      // Our data directory is locked by us alone: this is the session of a process, or a connection, that is no more.
      await client.query('select pg_terminate_backend($1)', [holder.pid]);
      await client.query('select pg_advisory_lock($1, $2)', [...LOCK]);
      return { lock, holder: null };
    }
    await close(client);
    return { lock: null, holder: holder?.address ?? 'an unknown address' };
  } catch (error) {
    await close(client);
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  // A machine that loses its power says no goodbye: the server has to ask whether we are still there.
  await client.query('set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3');
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1, $2) as taken', [...LOCK]);
  return rows[0]?.taken === true;
}

async function findHolder(
  client: pg.Client,
): Promise<{ readonly pid: number; readonly application: string; readonly address: string } | undefined> {
  const { rows } = await client.query<{ pid: number; application: string; address: string }>(
    `select a.pid, coalesce(a.application_name, '') as application, coalesce(host(a.client_addr), 'this machine') as address
       from pg_locks l join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.classid = $1 and l.objid = $2 and l.objsubid = 2 and l.granted
        and l.database = (select oid from pg_database where datname = current_database())`,
    [...LOCK],
  );
  return rows[0];
}

function sayInUse(url: string, holder: string): string {
  return `another Millwright, at ${holder}, is using ${withoutPassword(url)}: stop it, or give each a database of its own`;
}

async function close(client: pg.Client): Promise<void> {
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } }; // not typed by node-postgres
  const ended = client.end().catch(() => undefined);
  connection?.stream?.destroy(); // a frozen server would never say goodbye; the end of the connection frees the lock
  await ended;
}
