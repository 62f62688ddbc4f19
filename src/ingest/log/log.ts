import { randomBytes } from 'node:crypto';
import { StoreError } from '../../model/errors.ts';
import type { LogRecord } from '../../model/log-record.ts';
import type { LogFile, LogFiles } from './files.ts';
import { encodeFrame } from './frame.ts';
import { encodeHeader, readHeader, SEGMENT_HEADER_BYTES, scanSegment, segmentBase, segmentName } from './segment.ts';

/** Bounds of the log. */
export interface LogOptions {
  /** A segment is closed when it has grown past this. */
  readonly segmentBytes?: number;
  /** Appends are refused (`log_full`) while the segments hold more than this. */
  readonly maxBytes?: number;
  /** Appends are refused while more than this waits for the disk. */
  readonly maxPendingBytes?: number;
}

/** What opening found broken; nothing of it was acked twice or lost without a word. */
export interface Recovery {
  readonly tornBytes: number;
  readonly damagedBytes: number;
}

interface Pending {
  readonly bytes: Buffer;
  readonly resolve: (end: number) => void;
  readonly reject: (error: unknown) => void;
}

const MIB = 1024 * 1024;
/** 29 bytes each at most: well below what a frame may hold. */
const MAX_FRAME_READINGS = 200_000;
const MAX_FRAME_NAMES = 10_000;

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

  private constructor(from: OpenedLog, files: LogFiles, options: Required<LogOptions>) {
    this.id = from.id;
    this.recovery = from.recovery;
    this.#files = files;
    this.#options = options;
    this.#bases = from.bases;
    this.#file = from.file;
    this.#durable = from.end;
    for (const [id, name] of from.dictionary) this.#tagIds.set(name, id);
    if (from.dictionaryIsElsewhere) this.#newNames = this.#allNames();
  }

  /** Opens the log in `files`, cutting a torn tail off; makes a new one when there is none. */
  static async open(files: LogFiles, options: LogOptions = {}): Promise<Log> {
    const full = { segmentBytes: 64 * MIB, maxBytes: 2048 * MIB, maxPendingBytes: 64 * MIB, ...options };
    return new Log((await openLast(files)) ?? (await createFirst(files)), files, full);
  }

  /** Position after the last durable byte. Readers may read up to here. */
  get durable(): number {
    return this.#durable;
  }

  /** Why the log took nothing when it was last asked to, `null` when it did. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Position of the oldest byte that is still there. */
  get start(): number {
    return this.#bases[0]!;
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
    this.#newNames.push([id, name]);
    return id;
  }

  /**
   * Resolves with the position after the record once it would survive a power cut.
   * Rejects with `log_full` (nothing was kept; try later) or `log_closed`.
   */
  append(record: LogRecord): Promise<number> {
    if (this.#closed) return Promise.reject(new StoreError('log_closed', 'the readings log is closed'));
    const frames = splitRecord(record).map(encodeFrame);
    const bytes = frames.length === 1 ? frames[0]! : Buffer.concat(frames); // nearly always one: not worth a copy
    if (this.bytes + this.#pendingBytes + bytes.length > this.#options.maxBytes) {
      return this.#refuse(`the readings log is full (${this.#options.maxBytes} bytes)`);
    }
    if (this.#pendingBytes + bytes.length > this.#options.maxPendingBytes) {
      return this.#refuse('too much is waiting for the disk');
    }
    const appended = new Promise<number>((resolve, reject) => this.#pending.push({ bytes, resolve, reject }));
    this.#pendingBytes += bytes.length;
    this.#flushing ??= this.#flushAll();
    return appended;
  }

  #refuse(reason: string): Promise<never> {
    this.#trouble = reason;
    return Promise.reject(new StoreError('log_full', reason));
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
    }
  }

  /** Waits for what was appended, then closes; later appends reject with `log_closed`. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#flushing;
    await this.#file.close();
  }

  /** Group commit: everything that arrived while the last fdatasync ran goes out with the next one. */
  async #flushAll(): Promise<void> {
    while (this.#pending.length > 0) {
      await Promise.resolve(); // so that what is appended in this turn shares one commit
      const group = this.#pending;
      this.#pending = [];
      try {
        await this.#commit(group);
      } catch (cause) {
        const error = new StoreError('log_full', `the readings log cannot be written: ${reasonOf(cause)}`, { cause });
        this.#trouble = error.message;
        for (const { bytes, reject } of group) {
          this.#pendingBytes -= bytes.length;
          reject(error);
        }
      }
    }
    this.#flushing = null; // in the same turn as the last look at what is pending, or an append would be forgotten
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
    for (const { bytes, resolve } of group) {
      end += bytes.length;
      this.#pendingBytes -= bytes.length;
      resolve(end);
    }
    this.#durable = end;
    this.#trouble = null;
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

interface OpenedLog {
  /** The last segment was made, but does not hold the dictionary that every segment begins with. */
  readonly dictionaryIsElsewhere: boolean;
  readonly id: string;
  readonly bases: number[];
  readonly file: LogFile;
  readonly end: number;
  readonly dictionary: Iterable<readonly [number, string]>;
  readonly recovery: Recovery;
}

async function openLast(files: LogFiles): Promise<OpenedLog | null> {
  const names = (await files.list()).filter((name) => segmentBase(name) !== null);
  while (names.length > 0) {
    const name = names.at(-1)!;
    const file = await files.open(name);
    const header = await readHeader(file, name);
    if (header) {
      const { end, dictionary, damagedBytes, tornBytes } = await scanSegment(file, header.base);
      if (tornBytes > 0) await file.truncate(SEGMENT_HEADER_BYTES + end - header.base);
      const bases = names.map((each) => segmentBase(each)!);
      const dictionaryIsElsewhere = dictionary.length === 0 && bases.length > 1;
      return {
        id: header.logId,
        bases,
        file,
        end,
        dictionary: dictionaryIsElsewhere ? await lastDictionary(files, names) : dictionary,
        dictionaryIsElsewhere,
        recovery: { tornBytes, damagedBytes },
      };
    }
    await file.close(); // killed while this segment was being made: nothing can be in it
    await files.remove(name);
    names.pop();
  }
  return null;
}

/** The dictionary as the segment before the last one knew it: the last was made, but never written to. */
async function lastDictionary(files: LogFiles, names: readonly string[]): Promise<Iterable<readonly [number, string]>> {
  const name = names.at(-2)!;
  const file = await files.open(name);
  try {
    return (await scanSegment(file, segmentBase(name)!)).dictionary;
  } finally {
    await file.close();
  }
}

async function createFirst(files: LogFiles): Promise<OpenedLog> {
  const id = randomBytes(16).toString('hex');
  const file = await createSegment(files, { logId: id, base: 0 });
  return {
    id,
    bases: [0],
    file,
    end: 0,
    dictionary: [],
    dictionaryIsElsewhere: false,
    recovery: { tornBytes: 0, damagedBytes: 0 },
  };
}

async function createSegment(files: LogFiles, header: { logId: string; base: number }): Promise<LogFile> {
  const name = segmentName(header.base);
  const file = await files.create(name);
  try {
    await file.write([encodeHeader(header)], 0);
    await file.sync();
    return file;
  } catch (error) {
    await file.close();
    await files.remove(name);
    throw error;
  }
}

/** A frame has a bound, so that a damaged length can't make a reader allocate everything: a long batch is several. */
function splitRecord(record: LogRecord): LogRecord[] {
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
