import type { Clock } from '../model/clock.ts';
import type { Database } from '../store/database.ts';
import { deleteGapsBefore, readLedgerCheckpoint, storeGaps, storeLedgerCheckpoint } from '../store/gaps.ts';
import { insist } from '../store/retry.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { Examiner, type ExaminerOptions, type SavedExaminer } from './ledger/examine.ts';
import type { LogFiles } from './log/files.ts';
import type { Log } from './log/log.ts';
import { LogReader } from './log/reader.ts';
import type { Receipts } from './receipts.ts';

/** Nobody waits for a gap to be listed: looking twice a second costs next to nothing, and shares what is read. */
const READ_EVERY_MS = 500;
/** After a crash at most this much of the log is examined again. */
const CHECKPOINT_EVERY_MS = 30_000;
const TRY_AGAIN_MS = 5_000;
const PRUNE_EVERY_MS = 60 * 60_000;
/** Gaps written in one statement. */
const MAX_ROWS = 1_000;

/** What the ledger needs. */
export interface LedgerOptions extends Omit<ExaminerOptions, 'metrics'> {
  readonly log: Log;
  readonly files: LogFiles;
  readonly database: Database;
  /** Carried into the database before the log behind them is given up. */
  readonly receipts: Receipts;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called with the position up to which the log isn't needed any more. */
  readonly onPassed: (position: number) => void;
}

/**
 * The completeness ledger: a reader of the log of its own, which finds what was due and is missing, and what came later.
 * Gaps are written down as they are found; position and memory every half a minute, and at the end of every segment of the
 * log, which is kept until then. What is read again after a crash gives the
 * same gaps under the same ids. Returns when `signal` aborts.
 */
export async function runLedger(options: LedgerOptions): Promise<void> {
  const { log, files, database, clock, logger, metrics, signal } = options;
  const saved = await insist(() => readLedgerCheckpoint(database, log.id), {
    clock,
    random: options.random,
    signal,
    onTrouble: (code, error) => logger.warn({ code, err: error }, 'cannot read what the ledger knew, will retry'),
  });
  if (saved === undefined) return;
  const start = saved !== null && saved.position <= log.durable ? saved : null;
  // What storeLedgerCheckpoint wrote.
  const examiner = new Examiner(options, (start?.state ?? null) as SavedExaminer | null);
  const reader = new LogReader(files, Math.max(start?.position ?? log.start, log.start));
  const writer = new LedgerWriter(options, examiner, reader.position);
  try {
    while (!signal.aborted) {
      for (;;) {
        const records = await reader.read(log.durable);
        for (const { record } of records) examiner.take(record, reader.names);
        if (records.length === 0 || signal.aborted) break;
      }
      metrics.ledgerLagBytes.set(log.durable - reader.position);
      await writer.write(reader.position, 'when due');
      await clock.sleep(READ_EVERY_MS, signal);
    }
    await writer.write(reader.position, 'now');
  } finally {
    await reader.close();
  }
}

/** Writes down what the examiner found. Trouble with the database is waited out; meanwhile the examiner goes on. */
class LedgerWriter {
  readonly #options: LedgerOptions;
  readonly #examiner: Examiner;
  #checkpointAt: number;
  #checkpointPosition: number;
  #pruneAt = 0;
  #tryAt = 0;

  constructor(options: LedgerOptions, examiner: Examiner, position: number) {
    this.#options = options;
    this.#examiner = examiner;
    this.#checkpointPosition = position;
    this.#checkpointAt = options.clock.now() + CHECKPOINT_EVERY_MS;
  }

  async write(position: number, when: 'when due' | 'now'): Promise<void> {
    const { clock, log, logger } = this.#options;
    const now = clock.now();
    const isDue = now >= this.#checkpointAt || position - this.#checkpointPosition >= log.segmentBytes;
    if (when === 'when due' && now < this.#tryAt) return;
    try {
      await this.#writeGaps();
      if (when === 'now' || isDue) await this.#writeCheckpoint(position);
      if (now >= this.#pruneAt) await this.#prune(now);
      if (this.#tryAt > 0) logger.info('the ledger is written down again');
      this.#tryAt = 0;
    } catch (error) {
      if (this.#tryAt === 0) logger.warn({ err: error }, 'cannot write the ledger down, will retry');
      this.#tryAt = now + TRY_AGAIN_MS;
    }
  }

  async #writeGaps(): Promise<void> {
    const { book } = this.#examiner;
    const changed = book.takeChanged();
    for (let from = 0; from < changed.length; from += MAX_ROWS) {
      try {
        await storeGaps(this.#options.database, changed.slice(from, from + MAX_ROWS));
      } catch (error) {
        book.giveBack(changed.slice(from));
        throw error;
      }
    }
  }

  async #writeCheckpoint(position: number): Promise<void> {
    const { database, log, clock, receipts, onPassed } = this.#options;
    const at = clock.now();
    await receipts.save(database);
    await storeLedgerCheckpoint(database, { logId: log.id, position, state: this.#examiner.save(), at });
    this.#checkpointAt = at + CHECKPOINT_EVERY_MS;
    this.#checkpointPosition = position;
    onPassed(position);
  }

  async #prune(now: number): Promise<void> {
    const { database, keepMs, receipts } = this.#options;
    await deleteGapsBefore(database, now - keepMs);
    await receipts.prune(database);
    this.#pruneAt = now + PRUNE_EVERY_MS;
  }
}
