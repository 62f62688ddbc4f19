import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { StoreError } from '../model/errors.ts';

/** Where statements run: a pool, or one transaction. Every function of `src/store` takes one. */
export interface Session {
  /** Runs one statement; values are always parameters. */
  query<Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Rows<Row>>;
  /** Runs `copy … from stdin` with `bytes` as its input. */
  copyIn(text: string, bytes: Buffer): Promise<void>;
}

/** How a statement is run. */
export interface QueryOptions {
  /**
   * Keeps the statement prepared on its connection: for one that is asked often, is long, and whose text is one of a few.
   * A session may ignore it.
   */
  readonly isKept?: boolean;
}

/** What a statement gave back. */
export interface Rows<Row> {
  readonly rows: Row[];
  readonly rowCount: number;
}

/** A database: statements on their own, and transactions. */
export interface Database extends Session {
  /**
   * Commits when `work` resolves, rolls back when it rejects. Rejects with `transaction_lost` when the outcome is unknown. A
   * statement that `work` did not wait for belongs to it all the same: it is rolled back with it, and rejects it.
   */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Bounds on waiting; without them a frozen network holds a statement for ever. */
export interface DatabaseOptions {
  readonly connections: number;
  readonly connectMs?: number;
  readonly statementMs?: number;
  readonly name: string;
  /**
   * `pipelined`: statements of one transaction that are not waited for one by one go out together, its `begin` with the first
   * of them, so these must only read. Such a pool has no `copyIn`. Left out: one after the other.
   */
  readonly statements?: 'one by one' | 'pipelined';
}

/** Opens a pool. Does not connect yet. */
export function openDatabase(url: string, options: DatabaseOptions): Database {
  const statementMs = options.statementMs ?? 30_000;
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections,
    application_name: `millwright ${options.name}`,
    connectionTimeoutMillis: options.connectMs ?? 5_000,
    statement_timeout: statementMs,
    query_timeout: statementMs + 2_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    pipeline: options.statements === 'pipelined',
  });
  // A connection may die at any moment; whoever uses it next learns from the statement that fails. Without these two
  // handlers node-postgres would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));

  return {
    query: async <Row>(text: string, values?: readonly unknown[], options?: QueryOptions) =>
      rowsOf<Row>(await pool.query(statementOf(text, values, options))),
    copyIn: (text, bytes) => withClient(pool, (client) => copy(client, text, bytes)),
    transaction: (work) => withClient(pool, (client) => runTransaction(client, work)),
    close: () => pool.end(),
  };
}

/**
 * True when the same work may succeed later. That is the rule: a server comes back, a right is given, a disk is cleared.
 * Only what lies in the data itself (22) or breaks a constraint (23) will fail for ever.
 */
export function mayRetry(error: unknown): boolean {
  return !/^(22|23)/.test(errorCode(error));
}

/** True when the database itself is away. */
export function isUnreachable(error: unknown): boolean {
  const code = errorCode(error);
  if (code === 'transaction_lost' || code === 'database_unreachable') return true;
  // 08 connection, 53 resources, 57 shutting down or starting up, 58 its system; 25006 = a standby; 40 = try again.
  if (/^(08|53|57|58|40)/.test(code) || code === '25006') return true;
  if (/^E[A-Z_]+$/.test(code)) return true; // ECONNREFUSED, ECONNRESET, EPIPE, ETIMEDOUT, EAI_AGAIN …
  const message = error instanceof Error ? error.message : '';
  return (
    /timeout|Connection terminated|connection (error|terminated|closed)|not queryable|ended/i.test(message) &&
    code === ''
  );
}

/** The code an error of the database or the network carries; empty when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function statementOf(text: string, values: readonly unknown[] = [], { isKept = false }: QueryOptions = {}) {
  return { text, values: values.map(storable), ...(isKept ? { name: nameOf(text) } : {}) };
}

function rowsOf<Row>({ rows, rowCount }: pg.QueryResult): Rows<Row> {
  return { rows, rowCount: rowCount ?? 0 }; // the statement says what a row is
}

/** A statement is prepared under the hash of its text: PostgreSQL cuts names at 63 characters. */
function nameOf(text: string): string {
  return createHash('sha1').update(text).digest('base64');
}

/** PostgreSQL holds every character but NUL: one in a name or a message from outside must not cost the whole statement. */
function storable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\u0000') ? value.replaceAll('\u0000', '\ufffd') : value;
}

async function withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isUsable = true;
  try {
    return await work(client);
  } catch (error) {
    // The server's own answer leaves a connection in order. After anything else nobody knows what still comes on it.
    isUsable = error instanceof pg.DatabaseError && error.severity === 'ERROR';
    if (!isUsable) cutConnection(client);
    throw error;
  } finally {
    client.release(!isUsable);
  }
}

/**
 * Closes the socket now. Letting go politely would wait for a server that does not answer, and its late answer to a broken
 * off COPY would meet a stream that has no connection any more: an exception nobody can catch.
 */
function cutConnection(client: pg.PoolClient): void {
  // node-postgres does not type its own connection.
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } };
  connection?.stream?.destroy();
}

const IN_FAILED_TRANSACTION = '25P02';

async function runTransaction<T>(client: pg.PoolClient, work: (session: Session) => Promise<T>): Promise<T> {
  const begun = client.query('begin');
  begun.catch(() => undefined); // the first statement tells
  if (!client.pipeline) await begun;
  let refusal: unknown = null;
  const session: Session = {
    query: <Row>(text: string, values?: readonly unknown[], options?: QueryOptions) => {
      const answer = client.query(statementOf(text, values, options));
      answer.catch((error: unknown) => {
        refusal ??= error;
      });
      return Promise.all([answer, begun]).then(([result]) => rowsOf<Row>(result));
    },
    copyIn: (text, bytes) => copy(client, text, bytes),
  };
  let result: T;
  try {
    result = await work(session);
  } catch (error) {
    await rollBack(client, error);
    throw errorCode(error) === IN_FAILED_TRANSACTION ? refusal : error; // what failed first says why
  }
  let command: string;
  try {
    command = (await client.query('commit')).command;
  } catch (cause) {
    throw new StoreError('transaction_lost', 'the database went away during commit: it may or may not have happened', {
      cause,
    });
  }
  if (command === 'COMMIT') return result;
  // PostgreSQL answers the commit of an aborted transaction with a rollback, and no error: that came before.
  throw refusal ?? new StoreError('transaction_lost', 'the database rolled the transaction back');
}

/** Only a connection that still answers can be rolled back; any other is cut, which rolls back, too. */
async function rollBack(client: pg.PoolClient, error: unknown): Promise<void> {
  if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') return;
  try {
    await client.query('rollback');
  } catch (cause) {
    throw new StoreError('transaction_lost', 'the database went away while a transaction was rolled back', { cause });
  }
}

async function copy(client: pg.PoolClient, text: string, bytes: Buffer): Promise<void> {
  const stream = client.query(copyFrom(text));
  stream.on('error', () => undefined); // once it has failed, the end of its connection makes it fail again
  await pipeline(Readable.from([bytes], { objectMode: false }), stream);
}
