import { setImmediate } from 'node:timers/promises';
import { Client } from 'pg';
import { isOurs, StoreError } from '../model/errors.ts';
import type { EpochMs } from '../model/reading.ts';
import { CopyOut } from './copy-out.ts';
import { copySocket } from './copy-socket.ts';
import type { DecodedRows } from './decode-copy.ts';
import { HistoryWindow } from './history-window.ts';
import { toTimestamp } from './readings.ts';

/** What of the readings is wanted. */
export interface HistoryRange {
  readonly tagIds: readonly number[];
  /** Inclusive. */
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
  /** Most rows kept for one window, unless one second has more; `MAX_ROWS` when left out. */
  readonly maxRows?: number;
}

/** Who takes the readings. Called one after the other, never at the same time. */
export interface HistorySink {
  /** The next rows, by time, those of one time by tag id. They are there until `reached` is called with a time after them. */
  readonly rows: (rows: DecodedRows) => void;
  /** Everything before `at` was handed over. */
  readonly reached: (at: EpochMs) => void;
}

/** Rows of one statement: 5 MB, and enough that finding the beginning of each of a thousand tags costs little. */
const WINDOW_ROWS = 250_000;
/** A window with more is asked for again in parts: this many are kept twice at most, 80 MB with what sorting needs. */
const MAX_ROWS = 1_000_000;
/** Handed over at once: in between, rows of the next window are taken in, and a stop is heard. */
const TURN_ROWS = 8_192;
const FIRST_WINDOW_MS = 60_000;
const MIN_WINDOW_MS = 1_000;
const MAX_WINDOW_MS = 7 * 86_400_000;
/** A window may become this much longer or shorter than the one before. */
const MAX_GROWTH = 8;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 600_000;

/**
 * Reads stored readings in the order of their time, window by window, in binary COPY. The order is made here: for the database
 * it would be more work than all the rest. Memory is flat however long the range; while one window is handed over, the next
 * one comes in.
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
  const client = await connect(url);
  const cut = () => destroy(client);
  signal.addEventListener('abort', cut);
  try {
    await readWindows(client, range, { sink, signal });
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

/** What one statement read: rows of a stretch of the range. */
interface Read {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly window: HistoryWindow;
}

async function readWindows(
  client: Client,
  { from, to, ...what }: HistoryRange,
  { sink, signal }: { readonly sink: HistorySink; readonly signal: AbortSignal },
): Promise<void> {
  const read = (begin: EpochMs, spanMs: number, into: HistoryWindow) =>
    readWindow(client, { ...what, from: begin, to: Math.min(to, begin + spanMs) }, into);
  let current = await read(from, FIRST_WINDOW_MS, new HistoryWindow());
  let spare = new HistoryWindow();
  for (;;) {
    const lengthMs = current.to - current.from;
    const factor = Math.min(MAX_GROWTH, Math.max(1 / MAX_GROWTH, WINDOW_ROWS / Math.max(1, current.window.length)));
    const wished = Math.round((lengthMs * factor) / 1_000) * 1_000;
    const spanMs = Math.min(MAX_WINDOW_MS, Math.max(MIN_WINDOW_MS, wished));
    const next = current.to < to ? read(current.to, spanMs, spare) : null;
    next?.catch(() => undefined); // told below
    await handOver(current.window.sorted(), { sink, signal });
    if (signal.aborted) return;
    sink.reached(current.to);
    if (next === null) return;
    spare = current.window;
    current = await next;
  }
}

/** Reads the rows of the range, or of its beginning when it holds too many. */
async function readWindow(client: Client, range: HistoryRange, window: HistoryWindow): Promise<Read> {
  window.clear();
  const copy = new CopyOut(statement(range), (rows) => window.add(rows));
  client.query(copy);
  const n = await copy.read();
  const { from, to, maxRows = MAX_ROWS } = range;
  if (n < maxRows || to - from <= MIN_WINDOW_MS) return { from, to, window };
  const shorterMs = Math.max(MIN_WINDOW_MS, Math.ceil((to - from) / MAX_GROWTH));
  return readWindow(client, { ...range, to: from + shorterMs }, window);
}

async function handOver(
  rows: DecodedRows,
  { sink, signal }: { readonly sink: HistorySink; readonly signal: AbortSignal },
): Promise<void> {
  for (let from = 0; from < rows.at.length && !signal.aborted; from += TURN_ROWS) {
    const to = from + TURN_ROWS;
    sink.rows({
      tagId: rows.tagId.subarray(from, to),
      at: rows.at.subarray(from, to),
      value: rows.value.subarray(from, to),
      quality: rows.quality.subarray(from, to),
    });
    await setImmediate();
  }
}

/** COPY takes no parameters: what is put into it are numbers and times of ours. */
function statement({ tagIds, from, to, maxRows = MAX_ROWS }: HistoryRange): string {
  const ids = tagIds.map((id) => Math.trunc(id)).join(',');
  const limit = to - from > MIN_WINDOW_MS ? `limit ${maxRows}` : '';
  return `copy (select tag_id, at, value, quality from reading
    where tag_id = any('{${ids}}'::int[]) and at >= '${toTimestamp(from)}' and at < '${toTimestamp(to)}'
    ${limit}) to stdout (format binary)`;
}

async function connect(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: 'millwright back-test',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    keepAlive: true,
    stream: copySocket,
  });
  client.on('error', () => undefined); // the statement under way is told, too
  await client.connect();
  // One back-test must not take the workers that the line needs.
  await client.query('set max_parallel_workers_per_gather = 0; set jit = off');
  return client;
}

/** Ends the statement as well: a polite end would wait for it. */
function destroy(client: Client): void {
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } }; // not typed by node-postgres
  client.end().catch(() => undefined);
  connection?.stream?.destroy();
}
