import { setImmediate } from 'node:timers/promises';
import { StoreError } from '../../model/errors.ts';
import type { LogRecord } from '../../model/log-record.ts';
import { Arena, type Piece } from './arena.ts';
import type { LogFile, LogFiles } from './files.ts';
import { encodeFrame } from './frame.ts';
import { DiskFull } from './full-disk.ts';
import { createFirst, createSegment, type OpenedLog, openLast, type Recovery } from './opening.ts';
import { SEGMENT_HEADER_BYTES, segmentName } from './segment.ts';
import { splitTexts } from './text-body.ts';
import { type Patience, WaitingLine } from './waiting-line.ts';

/** Bounds of the log. */
export interface LogOptions {
  /** A segment is closed when it has grown past this; by default at most an eighth of `maxBytes`. */
  readonly segmentBytes?: number;
  /** The segments hold no more readings than this. */
  readonly maxBytes?: number;
  /** What becomes of readings while there is no room: refused (`log_full`), or held until there is. */
  readonly whenFull?: 'refuse' | 'block';
  /** Appends are refused while more than this waits for the disk. */
  readonly maxPendingBytes?: number;
  /** Called when the log begins to refuse, with why, and with `null` when it has taken everything again for a while. */
  readonly onTrouble?: (trouble: string | null) => void;
  /** Milliseconds on a clock that nobody sets. */
  readonly now?: () => number;
}

interface Pending extends Piece {
  readonly resolve: (end: number) => void;
  readonly reject: (error: unknown) => void;
}

const MIB = 1024 * 1024;
/** 29 bytes each at most: well below what a frame may hold. */
const MAX_FRAME_READINGS = 200_000;
const MAX_FRAME_NAMES = 10_000;
/** What the service itself has to say (the time, the state of a link, an acknowledgement) has room beyond `maxBytes`. */
const OWN_SHARE = 1 / 64;
/** What a record may use of the log, over `maxBytes`; what is made of captures leaves the engine's time its room. */
const ROOM = { ofSources: 1, made: 1 + OWN_SHARE / 2, own: 1 + OWN_SHARE } as const;
/** Trouble is over when nothing was refused for so long: beside what is refused, a small record still finds room. */
const CALM_MS = 5_000;
/** Memory of those that wait for room (`whenFull: block`); beyond it they are refused all the same. */
const MAX_WAITING = { appends: 10_000, bytes: 32 * MIB };

/**
 * The readings log: append-only segment files, group-committed with fdatasync. Everything that happened to the plant,
 * in the order in which the service learnt it. Positions are byte offsets in the whole log, never reused.
 */
export class Log {
  readonly id: string;
  readonly recovery: Recovery;
  readonly #files: LogFiles;
  readonly #options: Required<LogOptions>;
  readonly #tagIds = new Map<string, number>();
  readonly #tagNames: string[] = [];
  /** Bases of all segments, oldest first; the last one is being written. */
  readonly #bases: number[];
  readonly #listeners = new Set<(durable: number) => void>();
  #newNames: [number, string][] = [];
  #file: LogFile;
  #durable: number;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #flushing: Promise<void> | null = null;
  #closed = false;
  #trouble: string | null = null;
  #refusedAt = 0;
  readonly #arena = new Arena();
  readonly #line = new WaitingLine(MAX_WAITING);

  private constructor(from: OpenedLog, files: LogFiles, options: Required<LogOptions>) {
    this.id = from.id;
    this.recovery = from.recovery;
    this.#files = files;
    this.#options = options;
    this.#bases = from.bases;
    this.#file = from.file;
    this.#durable = from.end;
    for (const [id, name] of from.dictionary) {
      this.#tagIds.set(name, id);
      this.#tagNames[id] = name;
    }
    if (from.dictionaryIsElsewhere) this.#newNames = this.#allNames();
  }

  /** Opens the log in `files`, cutting a torn tail off; makes a new one when there is none. */
  static async open(files: LogFiles, options: LogOptions = {}): Promise<Log> {
    const { maxBytes = 2048 * MIB } = options;
    // Only whole segments are released: a log of one or two would stay full for ever.
    const segmentBytes = Math.min(64 * MIB, maxBytes / 8);
    const full = {
      segmentBytes,
      maxPendingBytes: 64 * MIB,
      whenFull: 'refuse' as const,
      onTrouble: () => undefined,
      now: () => performance.now(),
      ...options,
      maxBytes,
    };
    return new Log((await openLast(files)) ?? (await createFirst(files)), files, full);
  }

  /** Position after the last durable byte. Readers may read up to here. */
  get durable(): number {
    return this.#durable;
  }

  /** Why the log refused something of late, `null` when it takes everything. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Position of the oldest byte that is still there. */
  get start(): number {
    return this.#bases[0]!;
  }

  /** A segment is closed when it has grown past this, and given up when every reader has passed it. */
  get segmentBytes(): number {
    return this.#options.segmentBytes;
  }

  /** Sources are refused when it holds so much. */
  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  /** Bytes on disk, headers not counted. */
  get bytes(): number {
    return this.#durable - this.start;
  }

  /** The log's own number for a tag name; a new name is written to the dictionary with the next append. */
  tagId(name: string): number {
    const known = this.#tagIds.get(name);
    if (known !== undefined) return known;
    const id = this.#tagIds.size;
    this.#tagIds.set(name, id);
    this.#tagNames[id] = name;
    this.#newNames.push([id, name]);
    return id;
  }

  /** The name of a number that `tagId` gave. */
  tagName(id: number): string {
    return this.#tagNames[id]!;
  }

  /**
   * Resolves with the position after the record once it would survive a power cut.
   * Rejects with `log_full` (nothing was kept; try later) or `log_closed`. Where the log lets readings wait for room
   * (`whenFull: block`), they wait until `patience` ends; a clock record or an event is refused, for its sender tries again;
   * but such records have room of their own, so that a log full of readings stops neither the engine's time nor a person.
   */
  append(record: LogRecord, patience?: Patience): Promise<number> {
    return this.#append(record, { room: isData(record) ? 'ofSources' : 'own', patience });
  }

  /**
   * As `append`, for what is made of records that stay in the log until it is taken: it has room of its own in a log that is full
   * of them, and never waits.
   */
  appendMade(record: LogRecord): Promise<number> {
    return this.#append(record, { room: 'made' });
  }

  #append(
    record: LogRecord,
    { room, patience }: { readonly room: keyof typeof ROOM; readonly patience?: Patience | undefined },
  ): Promise<number> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      const { bytes, free } = this.#encode(record); // what no reader would take is refused here
      const { whenFull, maxBytes } = this.#options;
      // Half the log's size might never come free at once: only whole segments do.
      const mayWait = whenFull === 'block' && room === 'ofSources' && bytes.length <= maxBytes / 2;
      const limitBytes = maxBytes * ROOM[room];
      const pending = { bytes, free, resolve, reject };
      const shortage = this.#shortage(bytes.length, limitBytes);
      if (shortage === null && (this.#line.isEmpty || !mayWait)) return this.#enqueue(pending);
      const leave = () => {
        free();
        reject(this.#closed ? closedError() : this.#refusal(shortage ?? 'others wait for room'));
      };
      if (!mayWait) return leave();
      this.#line.join({ bytes: bytes.length, enter: () => this.#enqueue(pending), leave, patience });
    });
  }

  #encode(record: LogRecord): Piece {
    let piece: Piece | null = null;
    const frames = splitRecord(record).map((part) =>
      encodeFrame(part, (length) => {
        if (piece !== null) return Buffer.allocUnsafe(length); // one of several: they are joined below
        piece = this.#arena.take(length);
        return piece.bytes;
      }),
    );
    const free = () => piece?.free();
    return { bytes: frames.length === 1 ? frames[0]! : Buffer.concat(frames), free };
  }

  /** From now on nobody waits for room any more: the service stops. */
  stopWaiting(): void {
    this.#line.close();
  }

  /** Why `bytes` more can't be taken now, `null` when they can. */
  #shortage(bytes: number, limitBytes: number): string | null {
    const { maxBytes, maxPendingBytes } = this.#options;
    if (this.bytes + this.#pendingBytes + bytes > limitBytes) return `the readings log is full (${maxBytes} bytes)`;
    return this.#pendingBytes + bytes > maxPendingBytes ? 'too much is waiting for the disk' : null;
  }

  #enqueue(pending: Pending): void {
    this.#pending.push(pending);
    this.#pendingBytes += pending.bytes.length;
    this.#flushing ??= this.#flushAll();
  }

  #refusal(reason: string, options?: ErrorOptions): StoreError {
    this.#refusedAt = this.#options.now();
    this.#become(reason);
    return new StoreError('log_full', reason, options);
  }

  #become(trouble: string | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#options.onTrouble(trouble);
  }

  #admit(): void {
    this.#line.admit((bytes) => this.#shortage(bytes, this.#options.maxBytes) === null);
  }

  /** Calls `listener` after every commit with the new durable position; returns how to stop. */
  onDurable(listener: (durable: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Removes the segments that lie wholly before `position`: every reader has passed them. */
  async release(position: number): Promise<void> {
    while (this.#bases.length > 1 && this.#bases[1]! <= position) {
      // Taken off first: a second call that comes meanwhile must go on with the next segment.
      await this.#files.remove(segmentName(this.#bases.shift()!));
      this.#admit();
    }
  }

  /** Waits for what was appended, then closes; later appends reject with `log_closed`. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#line.close();
    await this.#flushing;
    await this.#file.close();
  }

  /** Group commit: everything that arrived while the last fdatasync ran goes out with the next one. */
  async #flushAll(): Promise<void> {
    while (this.#pending.length > 0) {
      await setImmediate(); // so that what came in this turn, over however many connections, shares one commit
      const group = this.#takeGroup();
      try {
        await this.#commit(group);
      } catch (cause) {
        const error = this.#refusal(reasonOf(cause), { cause });
        for (const { bytes, free, reject } of group) {
          this.#pendingBytes -= bytes.length;
          free();
          reject(error);
        }
      }
      this.#admit();
    }
    this.#flushing = null; // in the same turn as the last look at what is pending, or an append would be forgotten
  }

  /** No more than a segment's worth: a segment that holds the whole log could never be released. */
  #takeGroup(): Pending[] {
    let bytes = 0;
    const end = this.#pending.findIndex((each, i) => {
      bytes += each.bytes.length;
      return i > 0 && bytes > this.#options.segmentBytes;
    });
    return this.#pending.splice(0, end === -1 ? this.#pending.length : end);
  }

  async #commit(group: readonly Pending[]): Promise<void> {
    if (this.#durable - this.#bases.at(-1)! >= this.#options.segmentBytes) await this.#rotate();
    const names = [...this.#newNames]; // more may come while this is being written
    const parts = group.map(({ bytes }) => bytes);
    const dictionary = encodeDictionary(names);
    parts.unshift(...dictionary);
    const offset = SEGMENT_HEADER_BYTES + this.#durable - this.#bases.at(-1)!;
    try {
      await this.#file.write(parts, offset);
      await this.#file.sync();
    } catch (error) {
      // What half arrived must not stand before what comes next. If even this fails, the next commit overwrites it.
      await this.#file.truncate(offset).catch(() => undefined);
      throw error;
    }
    this.#newNames = this.#newNames.slice(names.length);
    let end = this.#durable + totalBytes(dictionary);
    for (const { bytes, free, resolve } of group) {
      end += bytes.length;
      this.#pendingBytes -= bytes.length;
      free();
      resolve(end);
    }
    this.#durable = end;
    if (this.#options.now() - this.#refusedAt >= CALM_MS) this.#become(null);
    for (const listener of this.#listeners) listener(end);
  }

  #allNames(): [number, string][] {
    return [...this.#tagIds].map(([name, id]) => [id, name]);
  }

  async #rotate(): Promise<void> {
    const base = this.#durable;
    const file = await createSegment(this.#files, { logId: this.id, base });
    const full = this.#file;
    this.#file = file;
    this.#bases.push(base);
    await full.close().catch(() => undefined); // everything in it is synced
    // A segment opens with the whole dictionary, so that it can be read when the ones before it are gone.
    this.#newNames = this.#allNames();
  }
}

/** What a source brought, as against what the service itself has to say. */
function isData(record: LogRecord): boolean {
  if (record.kind === 'event') return record.event.kind === 'external';
  return record.kind !== 'clock';
}

function closedError(): StoreError {
  return new StoreError('log_closed', 'the readings log is closed');
}

/** A frame has a bound, so that a damaged length can't make a reader allocate everything: a long batch is several. */
function splitRecord(record: LogRecord): LogRecord[] {
  if (record.kind === 'texts') return splitTexts(record);
  if (record.kind !== 'readings' || record.batch.tag.length <= MAX_FRAME_READINGS) return [record];
  const { tag, at, value, quality, codes } = record.batch;
  const parts: LogRecord[] = [];
  for (let from = 0; from < tag.length; from += MAX_FRAME_READINGS) {
    const to = from + MAX_FRAME_READINGS;
    const own = [...codes].filter(([row]) => row >= from && row < to).map(([row, code]) => [row - from, code] as const);
    parts.push({
      ...record,
      batch: {
        tag: tag.slice(from, to),
        at: at.slice(from, to),
        value: value.slice(from, to),
        quality: quality.slice(from, to),
        codes: new Map(own),
      },
    });
  }
  return parts;
}

function encodeDictionary(names: readonly (readonly [number, string])[]): Buffer[] {
  const frames: Buffer[] = [];
  for (let from = 0; from < names.length; from += MAX_FRAME_NAMES) {
    frames.push(encodeFrame({ kind: 'dictionary', entries: names.slice(from, from + MAX_FRAME_NAMES) }));
  }
  return frames;
}

function totalBytes(parts: readonly Buffer[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** Why a commit failed; a full disk is told as such, for it is not the log that has no room. */
function reasonOf(error: unknown): string {
  if (error instanceof DiskFull) return error.message;
  return `the readings log cannot be written: ${error instanceof Error ? error.message : String(error)}`;
}
