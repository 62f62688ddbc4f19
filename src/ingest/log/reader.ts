import type { PlacedRecord } from '../../model/log-record.ts';
import type { LogFile, LogFiles } from './files.ts';
import { decodeFrame, FRAME_HEADER_BYTES, findFrame, frameLengthAt, MAX_BODY_BYTES } from './frame.ts';
import { SEGMENT_HEADER_BYTES, segmentBase, segmentName } from './segment.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads the log in order from a position; one for each cursor (writer, engine). Works from another thread than the
 * log's own: it needs only the files and how far they are durable.
 */
export class LogReader {
  /** Log id → tag name, as far as has been read. */
  readonly names = new Map<number, string>();
  /** Bytes that were damaged and had to be skipped. */
  damagedBytes = 0;
  readonly #files: LogFiles;
  #position: number;
  #file: LogFile | null = null;
  /** What was read last; used over again, as records own their memory. */
  #chunk = Buffer.alloc(0);
  #base = 0;
  /** Where the open segment ends; infinite while it is the newest. */
  #end = 0;

  constructor(files: LogFiles, position: number) {
    this.#files = files;
    this.#position = position;
  }

  /** Position of the next record. */
  get position(): number {
    return this.#position;
  }

  /**
   * The next records before `durable`, about `CHUNK_BYTES` of them; empty when there is nothing new.
   * A damaged stretch is skipped and counted in `damagedBytes`.
   */
  async read(durable: number): Promise<PlacedRecord[]> {
    const records: PlacedRecord[] = [];
    while (records.length === 0 && this.#position < durable) {
      if (this.#file === null || this.#position >= this.#end) await this.#enter();
      const end = Math.min(durable, this.#end);
      const bytes = await this.#load(this.#file!, end);
      if (bytes.length > 0) this.#decode(bytes, end, records);
      else if (!(await this.#learnEnd())) break;
    }
    return records;
  }

  async close(): Promise<void> {
    this.#chunk = Buffer.alloc(0);
    await this.#file?.close();
    this.#file = null;
  }

  async #load(file: LogFile, end: number): Promise<Buffer> {
    let want = Math.min(CHUNK_BYTES, end - this.#position);
    for (;;) {
      const bytes = this.#room(want);
      const length = await file.read(bytes, SEGMENT_HEADER_BYTES + this.#position - this.#base);
      const data = bytes.subarray(0, length);
      const cut = data.length >= FRAME_HEADER_BYTES && frameLengthAt(data, 0) === null && want < end - this.#position;
      if (!cut || want > MAX_BODY_BYTES + FRAME_HEADER_BYTES) return data;
      want = Math.min(want * 4, end - this.#position); // a frame longer than the chunk
    }
  }

  #room(bytes: number): Buffer {
    if (bytes > CHUNK_BYTES) return Buffer.allocUnsafeSlow(bytes); // a waveform: rare, and not to be kept
    if (this.#chunk.length < bytes) this.#chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, bytes * 2));
    return this.#chunk.subarray(0, bytes);
  }

  #decode(bytes: Buffer, end: number, records: PlacedRecord[]): void {
    const isWhole = this.#position + bytes.length >= end;
    let offset = 0;
    while (offset < bytes.length) {
      const length = frameLengthAt(bytes, offset);
      if (length === null) {
        if (!isWhole && offset > 0) break; // cut by the chunk's end: read again from here
        const next = findFrame(bytes, offset + 1) ?? bytes.length;
        this.damagedBytes += next - offset;
        offset = next;
        continue;
      }
      const frame = decodeFrame(bytes, offset, length);
      const position = this.#position + offset;
      if (frame.kind === 'dictionary') for (const [id, name] of frame.entries) this.names.set(id, name);
      else records.push({ position, end: position + length, record: frame });
      offset += length;
    }
    this.#position += offset;
  }

  /** Opens the segment that holds the position, or the oldest one when that was released. */
  async #enter(): Promise<void> {
    const bases = await this.#listBases();
    const base = bases.findLast((each) => each <= this.#position) ?? bases[0]!;
    await this.#file?.close();
    this.#file = await this.#files.open(segmentName(base));
    this.#base = base;
    this.#end = bases.find((each) => each > base) ?? Number.POSITIVE_INFINITY;
    if (this.#position < base) this.#position = base;
    else if (this.#position > base) await this.#learnNames(this.#file, base, this.#position);
  }

  /** At the end of the newest segment: has another one been begun since? */
  async #learnEnd(): Promise<boolean> {
    this.#end = (await this.#listBases()).find((each) => each > this.#base) ?? Number.POSITIVE_INFINITY;
    if (this.#end === Number.POSITIVE_INFINITY) return false;
    this.damagedBytes += this.#end - this.#position;
    this.#position = this.#end;
    return true;
  }

  async #listBases(): Promise<number[]> {
    return (await this.#files.list()).map(segmentBase).filter((base) => base !== null);
  }

  /** Collects the dictionary frames between a segment's start and the position it is entered at. */
  async #learnNames(file: LogFile, base: number, position: number): Promise<void> {
    const bytes = Buffer.allocUnsafe(position - base);
    const length = await file.read(bytes, SEGMENT_HEADER_BYTES);
    const data = bytes.subarray(0, length);
    for (let offset: number | null = 0; offset !== null && offset < data.length; ) {
      const frameLength = frameLengthAt(data, offset);
      if (frameLength === null) {
        offset = findFrame(data, offset + 1);
        continue;
      }
      const frame = decodeFrame(data, offset, frameLength);
      if (frame.kind === 'dictionary') for (const [id, name] of frame.entries) this.names.set(id, name);
      offset += frameLength;
    }
  }
}
