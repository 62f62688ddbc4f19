import type { EpochMs } from '../model/reading.ts';
import type { TagState } from './carriers.ts';

/** A reading that waits for those that may still come before it; `value` is as it came, NaN where there is none. */
export interface HeldReading {
  readonly tag: TagState;
  readonly at: EpochMs;
  readonly value: number;
  /** 0 good, 1 uncertain, 2 bad. */
  readonly quality: number;
}

/** What waits, as plain JSON. */
export interface HeldSnapshot {
  readonly latenessMs: number;
  readonly horizon: EpochMs;
  readonly readings: readonly (readonly [tag: string, at: EpochMs, value: number | null, quality: number])[];
}

/** Most readings that wait for one lateness; then the oldest goes early, and what comes before it is too late. */
const MAX_HELD = 200_000;

/**
 * Readings of sources that may deliver late, put into the order of their own time: each waits until nothing in time can
 * come before it any more. What comes out, and when, depends on the set of readings and the time in the log alone.
 */
export class HoldBack {
  readonly latenessMs: number;
  /** A binary heap: the oldest is first. */
  readonly #heap: HeldReading[] = [];
  /** Everything up to here has gone out. */
  #horizon: EpochMs = 0;

  constructor(latenessMs: number) {
    this.latenessMs = latenessMs;
  }

  /** Takes a reading in; `false` when it is too late. */
  add(reading: HeldReading): boolean {
    if (reading.at <= this.#horizon) return false;
    this.#push(reading);
    return true;
  }

  /** Takes up again what waited before, wherever this has got to since: it came in time. */
  takeUp(reading: HeldReading): void {
    this.#push(reading);
  }

  /** The next reading that is due at `now`, oldest first. */
  next(now: EpochMs): HeldReading | null {
    if (this.latenessMs === 0) return this.#heap[0] ? this.#pop(this.#heap[0]) : null; // nobody is late any more
    this.#horizon = Math.max(this.#horizon, now - this.latenessMs);
    const first = this.#heap[0];
    if (!first || (first.at > this.#horizon && this.#heap.length <= MAX_HELD)) return null;
    this.#horizon = Math.max(this.#horizon, first.at);
    return this.#pop(first);
  }

  snapshot(): HeldSnapshot {
    return {
      latenessMs: this.latenessMs,
      horizon: this.#horizon,
      readings: this.#heap.map(({ tag, at, value, quality }) => [
        tag.name,
        at,
        Number.isNaN(value) ? null : value,
        quality,
      ]),
    };
  }

  /** It is earlier than it was taken to be; what has gone out of a tag already, its own newest time tells. */
  setBack(now: EpochMs): void {
    this.#horizon = Math.min(this.#horizon, now - this.latenessMs);
  }

  /** What went out up to here is not taken again. */
  passed(horizon: EpochMs): void {
    this.#horizon = horizon;
  }

  #push(reading: HeldReading): void {
    const heap = this.#heap;
    let place = heap.push(reading) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(reading, heap[parent]!)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = reading;
  }

  #pop(first: HeldReading): HeldReading {
    const heap = this.#heap;
    const moved = heap.pop()!; // there is at least `first`
    if (heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, moved)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = moved;
    return first;
  }
}

/**
 * Takes a snapshot up again. What waited for a source that may not be late any more goes out at once, by the first of
 * `holdBacks`. Answers how many readings are of tags that nobody watches any more.
 */
export function restoreHeld(
  { latenessMs, horizon, readings }: HeldSnapshot,
  { tags, holdBacks }: { readonly tags: ReadonlyMap<string, TagState>; readonly holdBacks: readonly HoldBack[] },
): number {
  holdBacks.find((each) => each.latenessMs === latenessMs)?.passed(horizon);
  let lost = 0;
  for (const [name, at, value, quality] of readings) {
    const tag = tags.get(name);
    if (tag) (tag.holdBack ?? holdBacks[0]!).takeUp({ tag, at, value: value ?? Number.NaN, quality });
    else lost++;
  }
  return lost;
}

/** By time, then by name, quality and value, so that the order of arrival decides nothing. */
function isBefore(a: HeldReading, b: HeldReading): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.tag !== b.tag) return a.tag.name < b.tag.name;
  if (a.quality !== b.quality) return a.quality < b.quality;
  return a.value < b.value || (Number.isNaN(a.value) && !Number.isNaN(b.value));
}
