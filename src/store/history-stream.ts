import { Client } from 'pg';
import { isOurs, StoreError } from '../model/errors.ts';
import type { EpochMs } from '../model/reading.ts';
import { CopyOut } from './copy-out.ts';
import type { DecodedRows } from './decode-copy.ts';
import { toTimestamp } from './readings.ts';

/** What of the readings is wanted. */
export interface HistoryRange {
  readonly tagIds: readonly number[];
  /** Inclusive. */
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

/** Who takes the readings. Called one after the other, never at the same time. */
export interface HistorySink {
  /** The next rows, by time, those of one time by tag id. May keep them. */
  readonly rows: (rows: DecodedRows) => void;
  /** Everything before `at` was handed over. */
  readonly reached: (at: EpochMs) => void;
}

/** Rows of one statement: what PostgreSQL sorts in memory, and enough that its start costs nothing. */
const WINDOW_ROWS = 500_000;
const FIRST_WINDOW_MS = 600_000;
const MIN_WINDOW_MS = 1_000;
const MAX_WINDOW_MS = 7 * 86_400_000;
/** A window may become this much longer or shorter than the one before. */
const MAX_GROWTH = 8;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 600_000;

/**
 * Reads stored readings in the order of their time, window by window, in binary COPY. Memory is flat however long the range:
 * the database sorts one window at a time, and a second connection lets it sort the next one meanwhile.
 * Throws `unavailable`-like `StoreError('database_unreachable')` when the database goes away; stops without an error when
 * `signal` aborts. Readings that are stored or dropped while it reads may or may not be seen.
 */
export async function streamHistory(
  url: string,
  range: HistoryRange,
  sink: HistorySink,
  signal: AbortSignal,
): Promise<void> {
  if (range.tagIds.length === 0 || signal.aborted) return sink.reached(range.to);
  const clients = [await connect(url), await connect(url)] as const;
  const cut = () => clients.forEach(destroy);
  signal.addEventListener('abort', cut);
  try {
    await readWindows(clients, range, sink);
  } catch (error) {
    if (signal.aborted) return;
    if (isOurs(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError('database_unreachable', `the history could not be read to its end: ${reason}`, {
      cause: error,
    });
  } finally {
    signal.removeEventListener('abort', cut);
    cut();
  }
}

async function readWindows(
  clients: readonly [Client, Client],
  { tagIds, from, to }: HistoryRange,
  sink: HistorySink,
): Promise<void> {
  let spanMs = FIRST_WINDOW_MS;
  let turn = 0;
  const begin = (start: EpochMs) => {
    const end = Math.min(to, start + spanMs);
    const copy = new CopyOut(statement(tagIds, start, end), sink.rows);
    clients[turn++ % 2]!.query(copy);
    return { copy, start, end };
  };
  let window = begin(from);
  for (;;) {
    const next = window.end < to ? begin(window.end) : null;
    const rows = await window.copy.read();
    sink.reached(window.end);
    const lengthMs = window.end - window.start;
    const factor = Math.min(MAX_GROWTH, Math.max(1 / MAX_GROWTH, WINDOW_ROWS / Math.max(1, rows)));
    const wished = Math.round((lengthMs * factor) / 1_000) * 1_000;
    spanMs = Math.min(MAX_WINDOW_MS, Math.max(MIN_WINDOW_MS, wished));
    if (next === null) return;
    window = next;
  }
}

/** COPY takes no parameters: what is put into it are numbers and times of ours. */
function statement(tagIds: readonly number[], from: EpochMs, to: EpochMs): string {
  const ids = tagIds.map((id) => Math.trunc(id)).join(',');
  return `copy (select tag_id, at, value, quality from reading
    where tag_id = any('{${ids}}'::int[]) and at >= '${toTimestamp(from)}' and at < '${toTimestamp(to)}'
    order by at, tag_id) to stdout (format binary)`;
}

async function connect(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: 'millwright back-test',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    keepAlive: true,
  });
  client.on('error', () => undefined); // the statement under way is told, too
  await client.connect();
  // One back-test must not take the workers that the line needs; a window is sorted in memory.
  await client.query(`set work_mem = '96MB'; set max_parallel_workers_per_gather = 0; set jit = off`);
  return client;
}

/** Ends the statement as well: a polite end would wait for it. */
function destroy(client: Client): void {
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } }; // not typed by node-postgres
  client.end().catch(() => undefined);
  connection?.stream?.destroy();
}
