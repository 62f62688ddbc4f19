import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { DeliveryResult } from '../model/delivery.ts';
import { StoreError } from '../model/errors.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';

/** Transitions that one step of the engine led to, in their order. */
export interface JournalEntry {
  /** The readings log they come from, and the end of the last record they come from. */
  readonly logId: string;
  readonly position: number;
  readonly at: EpochMs;
  readonly transitions: readonly Transition[];
}

/** What became of a message that was sent before it could be stored. */
export interface DirectResult {
  /** `Message.id`. */
  readonly message: string;
  readonly webhook: string;
  readonly result: DeliveryResult;
}

export type JournalLine =
  | { readonly kind: 'entry'; readonly entry: JournalEntry }
  | { readonly kind: 'result'; readonly result: DirectResult };

/** What the journal held when it was opened. */
export interface JournalContent {
  readonly entries: readonly JournalEntry[];
  readonly results: readonly DirectResult[];
  /** Bytes at its end that a crash left unfinished; they were never reported durable. */
  readonly tornBytes: number;
}

interface PendingLine {
  readonly bytes: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The alert journal: one file that keeps what the engine found until the database has it. Each line is a CRC-32 in
 * hexadecimal, a blank, and JSON. Lines that arrive while the disk is busy share the next fdatasync.
 */
export class AlertJournal {
  readonly #file: FileHandle;
  #end: number;
  /** Lines that will go out with the next write; `null` when the next line has to ask for one. */
  #group: PendingLine[] | null = null;
  /** Everything that touches the file, in the order it was asked for. */
  #work: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, end: number) {
    this.#file = file;
    this.#end = end;
  }

  /** Opens the journal in the file `path`, making it when it is not there, and cutting an unfinished end off. */
  static async open(path: string): Promise<{ readonly journal: AlertJournal; readonly content: JournalContent }> {
    const file = await open(path, 'a+', 0o600).then(async (made) => {
      await made.close();
      return open(path, 'r+');
    });
    try {
      const bytes = await file.readFile();
      const { lines, end } = readLines(bytes);
      if (end < bytes.length) await file.truncate(end);
      const entries = lines.flatMap((line) => (line.kind === 'entry' ? [line.entry] : []));
      const results = lines.flatMap((line) => (line.kind === 'result' ? [line.result] : []));
      return { journal: new AlertJournal(file, end), content: { entries, results, tornBytes: bytes.length - end } };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Resolves once the line would survive a power cut; rejects with `log_full` when it was not kept. */
  append(line: JournalLine): Promise<void> {
    const json = Buffer.from(JSON.stringify(line));
    const bytes = Buffer.concat([Buffer.from(`${hex(crc32(json))} `), json, Buffer.from('\n')]);
    const group = this.#group ?? [];
    if (group.length === 0) {
      this.#group = group;
      this.#work = this.#work.then(() => this.#flush(group));
    }
    return new Promise<void>((resolve, reject) => group.push({ bytes, resolve, reject }));
  }

  /** Forgets everything that was appended before: the database has it. */
  async clear(): Promise<void> {
    this.#group = null; // what comes now is written after the file was emptied
    const cleared = this.#work.then(async () => {
      await this.#file.truncate(0);
      this.#end = 0;
    });
    this.#work = cleared.catch(() => undefined); // lines that stay are found to be stored at the next start
    await cleared;
  }

  async close(): Promise<void> {
    await this.#work;
    await this.#file.close();
  }

  async #flush(group: readonly PendingLine[]): Promise<void> {
    if (this.#group === group) this.#group = null;
    const bytes = Buffer.concat(group.map((each) => each.bytes));
    try {
      if (this.#end + bytes.length > MAX_BYTES)
        throw new StoreError('log_full', `the alert journal is full (${MAX_BYTES} bytes)`);
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#file.write(bytes, done, bytes.length - done, this.#end + done)).bytesWritten;
      }
      await this.#file.datasync();
    } catch (error) {
      // If even this fails, the next line overwrites what half arrived.
      await this.#file.truncate(this.#end).catch(() => undefined);
      for (const { reject } of group) reject(error);
      return;
    }
    this.#end += bytes.length;
    for (const { resolve } of group) resolve();
  }
}

/** The whole lines from the start up to the first that is damaged: what lies behind it was never acknowledged in order. */
function readLines(bytes: Buffer): { readonly lines: JournalLine[]; readonly end: number } {
  const lines: JournalLine[] = [];
  let end = 0;
  for (;;) {
    const newline = bytes.indexOf(0x0a, end);
    if (newline < 0) return { lines, end };
    const json = bytes.subarray(end + 9, newline);
    if (bytes.toString('latin1', end, end + 9) !== `${hex(crc32(json))} `) return { lines, end };
    lines.push(JSON.parse(json.toString()) as JournalLine); // its checksum says that we wrote it
    end = newline + 1;
  }
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
