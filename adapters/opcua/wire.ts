/** `Null`, and what a length of −1 says: there is nothing (OPC UA Part 6 §5.2.2.4, §5.2.5). */
const NONE = -1;
/** 1601-01-01, where OPC UA begins to count, in EpochMs: how it writes that there is no time. */
const EPOCH_1601_MS = Date.UTC(1601, 0, 1);
/** Of 100 ns each. */
const TICKS_PER_MS = 10_000;
const TICKS_PER_MICROSECOND = 10;
/** 2³² ticks in whole milliseconds, and the ticks that are over. */
const HIGH_MS = Math.floor(2 ** 32 / TICKS_PER_MS);
const HIGH_REST = 2 ** 32 % TICKS_PER_MS;

/**
 * Reads OPC UA binary (Part 6 §5.2) from front to back. Everything throws `RangeError` where the bytes end before what
 * they announce does.
 */
export class Wire {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes have been read. */
  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#view.byteLength - this.#at;
  }

  skip(bytes: number): void {
    if (bytes > this.left) throw new RangeError('the message ends too early');
    this.#at += bytes;
  }

  int8(): number {
    const value = this.#view.getInt8(this.#at);
    this.#at += 1;
    return value;
  }

  uint8(): number {
    const value = this.#view.getUint8(this.#at);
    this.#at += 1;
    return value;
  }

  int16(): number {
    const value = this.#view.getInt16(this.#at, true);
    this.#at += 2;
    return value;
  }

  uint16(): number {
    const value = this.#view.getUint16(this.#at, true);
    this.#at += 2;
    return value;
  }

  int32(): number {
    const value = this.#view.getInt32(this.#at, true);
    this.#at += 4;
    return value;
  }

  uint32(): number {
    const value = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  /** The nearest double. */
  int64(): number {
    const low = this.uint32();
    return this.int32() * 2 ** 32 + low;
  }

  /** The nearest double. */
  uint64(): number {
    const low = this.uint32();
    return this.uint32() * 2 ** 32 + low;
  }

  float(): number {
    const value = this.#view.getFloat32(this.#at, true);
    this.#at += 4;
    return value;
  }

  double(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** A DateTime as EpochMs to the microsecond; NaN when it says that there is none. A negative one is before 1601: none. */
  time(): number {
    const low = this.uint32();
    const high = this.int32();
    const rest = high * HIGH_REST + low; // within ±1.6e13: exact, as the whole number of ticks would not be
    const ms = high * HIGH_MS + Math.floor(rest / TICKS_PER_MS) + EPOCH_1601_MS;
    if (ms <= EPOCH_1601_MS) return Number.NaN;
    return ms + Math.floor((rest % TICKS_PER_MS) / TICKS_PER_MICROSECOND) / 1e3;
  }

  /** The number of elements of an array that has room for them, each of at least `bytes`; 0 for none. */
  count(bytes: number): number {
    const count = this.int32();
    if (count === NONE) return 0;
    if (count < 0 || count * bytes > this.left) throw new RangeError(`an array of ${count} in a shorter message`);
    return count;
  }

  /** A String, at most its first `mostBytes`; `null` when it says that there is none. */
  string(mostBytes: number): string | null {
    const length = this.int32();
    if (length === NONE) return null;
    if (length < 0 || length > this.left) throw new RangeError(`a text of ${length} bytes in a shorter message`);
    const { buffer, byteOffset } = this.#view;
    const text = Buffer.from(buffer, byteOffset + this.#at, Math.min(length, mostBytes)).toString('utf8');
    this.skip(length);
    return text;
  }

  /** Passes over a String, ByteString or XmlElement. */
  skipString(): void {
    this.skip(this.count(1));
  }
}
