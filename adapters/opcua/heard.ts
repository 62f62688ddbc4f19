import type { EpochMs, Reading } from '../adapter.ts';

/** The newest live value of each item of one connection, in columns by handle: a reading a second of 20,000 items is no garbage. */
export class Heard {
  readonly #at: Float64Array;
  readonly #value: Float64Array;
  readonly #arrivedAt: Float64Array;

  /** Of items with the handles 0 to `count` − 1, which all count as heard at `now`. */
  constructor(count: number, now: EpochMs) {
    this.#at = new Float64Array(count).fill(Number.NaN);
    this.#value = new Float64Array(count).fill(Number.NaN);
    this.#arrivedAt = new Float64Array(count).fill(now);
  }

  /** Takes what arrived; a value that is none counts as NaN. */
  take(handle: number, { at, value }: Reading, now: EpochMs): void {
    this.#at[handle] = at;
    this.#value[handle] = value ?? Number.NaN;
    this.#arrivedAt[handle] = now;
  }

  /** Time of the newest value by the source, `null` before the first one. */
  atOf(handle: number): EpochMs | null {
    const at = this.#at[handle]!;
    return Number.isNaN(at) ? null : at;
  }

  /** When it was last heard of, or looked after, by our clock. */
  arrivedAtOf(handle: number): EpochMs {
    return this.#arrivedAt[handle]!;
  }

  /** Says that an item was looked after. */
  touch(handle: number, now: EpochMs): void {
    this.#arrivedAt[handle] = now;
  }

  /** True when a value that was read is the one that was heard last. */
  isSame(handle: number, { at, value }: Reading, compare: 'value' | 'timestamp'): boolean {
    if (!Object.is(this.#value[handle], value ?? Number.NaN)) return false;
    return compare === 'value' || this.#at[handle] === at;
  }
}
