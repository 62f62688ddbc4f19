import type { Clock } from '../model/clock.ts';
import type { PushReceipt } from '../model/log-record.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Database } from '../store/database.ts';
import { readLedgerCheckpoint } from '../store/gaps.ts';
import { deletePushReceiptsBefore, listPushReceipts, storePushReceipts } from '../store/push-receipts.ts';
import type { LogFiles } from './log/files.ts';
import type { Log } from './log/log.ts';
import { surveyLog } from './survey.ts';

/** A key is known for this long after it was first used. */
const KEEP_MS = 24 * 60 * 60_000;
/** Bounds of what is kept in memory; beyond them the oldest key is forgotten. */
const MAX_RECEIPTS = 100_000;
const MAX_BYTES = 32 * 1024 * 1024;
const OVERHEAD_BYTES = 300;
const MAX_ROWS = 1_000;

/** What is known of a key before its request is served. */
export type KnownKey =
  | { readonly state: 'new' }
  /** A request with it is being served. */
  | { readonly state: 'running' }
  /** It was begun and never answered: what came may be stored in part. */
  | { readonly state: 'begun'; readonly begunAt: EpochMs }
  | { readonly state: 'done'; readonly bodyHash: string; readonly answer: string };

/**
 * Remembers what was answered to pushes that carried a key. Durable through the log: a receipt is appended behind the readings
 * it speaks for, and before the client is answered; the ledger carries receipts from there into the database.
 */
export class Receipts {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #running = new Set<string>();
  /** Oldest first. */
  readonly #receipts = new Map<string, PushReceipt>();
  #unsaved = new Map<string, PushReceipt>();
  #bytes = 0;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Takes what an earlier run left; what stands only in the log still has to come into the database. */
  recover(receipt: PushReceipt, from: 'database' | 'log'): void {
    this.#remember(receipt);
    if (from === 'log') this.#unsaved.set(receipt.key, receipt);
  }

  /** What is known of a key. */
  find(key: string): KnownKey {
    if (this.#running.has(key)) return { state: 'running' };
    const receipt = this.#receipts.get(key);
    if (!receipt || receipt.begunAt < this.#clock.now() - KEEP_MS) return { state: 'new' };
    return receipt.done ? { state: 'done', ...receipt.done } : { state: 'begun', begunAt: receipt.begunAt };
  }

  /**
   * Begins to serve a request, and resolves with the time that its readings without one get: that of the first attempt, so that
   * a repeated one brings the same readings. `time: 'assumed'` makes it durable first; `given`: every reading has its own.
   * Call `finish` or `abandon` afterwards, always.
   */
  async begin(key: string, time: 'assumed' | 'given'): Promise<EpochMs> {
    const known = this.find(key);
    this.#running.add(key);
    if (known.state === 'begun') return known.begunAt;
    const begunAt = this.#clock.now();
    if (time === 'assumed') await this.#append({ key, begunAt, done: null });
    return begunAt;
  }

  /** Resolves when it is durable what was answered. */
  async finish(key: string, begunAt: EpochMs, done: { bodyHash: string; answer: string }): Promise<void> {
    await this.#append({ key, begunAt, done });
    this.#running.delete(key);
  }

  /** The request failed: it may be sent again. */
  abandon(key: string): void {
    this.#running.delete(key);
  }

  /** Writes what is new into the database. All that stands in the log when it is called is in it afterwards. */
  async save(database: Database): Promise<void> {
    const unsaved = this.#unsaved;
    this.#unsaved = new Map();
    try {
      const rows = [...unsaved.values()];
      for (let from = 0; from < rows.length; from += MAX_ROWS)
        await storePushReceipts(database, rows.slice(from, from + MAX_ROWS));
    } catch (error) {
      this.#unsaved = new Map([...unsaved, ...this.#unsaved]);
      throw error;
    }
  }

  /** Forgets in the database what is too old to count. */
  prune(database: Database): Promise<void> {
    return deletePushReceiptsBefore(database, this.#clock.now() - KEEP_MS);
  }

  async #append(receipt: PushReceipt): Promise<void> {
    await this.#log.append({ kind: 'event', event: { kind: 'receipt', at: this.#clock.now(), ...receipt } });
    this.#remember(receipt);
    this.#unsaved.set(receipt.key, receipt);
  }

  #remember(receipt: PushReceipt): void {
    this.#forget(receipt.key);
    this.#receipts.set(receipt.key, receipt);
    this.#bytes += sizeOf(receipt);
    for (const [key, { begunAt }] of this.#receipts) {
      const isOld = begunAt < this.#clock.now() - KEEP_MS;
      if (!isOld && this.#receipts.size <= MAX_RECEIPTS && this.#bytes <= MAX_BYTES) break;
      this.#forget(key);
      this.#unsaved.delete(key);
    }
  }

  #forget(key: string): void {
    const known = this.#receipts.get(key);
    if (!known) return;
    this.#receipts.delete(key);
    this.#bytes -= sizeOf(known);
  }
}

/** Collects the receipts that an earlier run left in the database and in the log. Call it before the server listens. */
export async function openReceipts(options: {
  readonly log: Log;
  readonly files: LogFiles;
  readonly database: Database;
  readonly clock: Clock;
}): Promise<Receipts> {
  const { log, files, database, clock } = options;
  const receipts = new Receipts(log, clock);
  const saved = await listPushReceipts(database, { since: clock.now() - KEEP_MS, limit: MAX_RECEIPTS });
  for (const receipt of saved) receipts.recover(receipt, 'database');
  const ledger = await readLedgerCheckpoint(database, log.id);
  const from = ledger !== null && ledger.position <= log.durable ? Math.max(ledger.position, log.start) : log.start;
  await surveyLog(files, { from, to: log.durable }, ({ record }) => {
    if (record.kind !== 'event' || record.event.kind !== 'receipt') return;
    const { key, begunAt, done } = record.event;
    receipts.recover({ key, begunAt, done }, 'log');
  });
  return receipts;
}

function sizeOf({ done }: PushReceipt): number {
  return OVERHEAD_BYTES + (done?.answer.length ?? 0);
}
