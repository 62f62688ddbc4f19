import { type Batch, batchLength, HISTORICAL, qualityBits } from '../model/batch.ts';
import { type EpochMs, type NewestReading, qualityOf, type Reading } from '../model/reading.ts';
import { StatusCode } from '../model/status-code.ts';

/** What is known of one tag; `reading` is the newest durable one. */
interface Slot {
  readonly tag: string;
  reading: Reading;
  /** Newest one that was seen, durable or within the deadband. */
  seen: Reading;
  isChanged: boolean;
  /** Its newest row in the batch that is being taken; −1 when it has none. */
  row: number;
}

/** The newest reading of every tag, in memory, and which of them changed since somebody last looked. */
export class LiveValues {
  readonly #slots = new Map<string, Slot>();
  /** The same by the log's own number of a tag. */
  readonly #byLogId: (Slot | undefined)[] = [];
  #changed: Slot[] = [];
  #ordered: readonly Slot[] = [];

  /** Fills in what the database knew when the service started. */
  constructor(stored: Iterable<Reading> = []) {
    for (const reading of stored) this.#add(reading);
  }

  /** Takes a durable reading; an older one than is known changes nothing. */
  offer(reading: Reading): void {
    const slot = this.#slots.get(reading.tag);
    if (slot === undefined) {
      this.#see(this.#add(reading), reading);
      return;
    }
    // Of two readings with the same time the database keeps the first.
    if (reading.at > slot.reading.at) slot.reading = reading;
    this.#see(slot, reading);
  }

  /** Takes a durable batch: the same as offering each of its readings, with no object for those that are not the newest. */
  offerBatch(batch: Batch, names: { tagName(logId: number): string }): void {
    const { tag, at } = batch;
    const slots: Slot[] = [];
    for (let row = 0; row < tag.length; row++) {
      const slot = this.#byLogId[tag[row]!];
      if (slot === undefined) {
        const reading = readingAt(batch, row, names.tagName(tag[row]!));
        const added = this.#slots.get(reading.tag) ?? this.#add(reading);
        this.#byLogId[tag[row]!] = added;
        this.offer(reading);
      } else if (slot.row >= 0) {
        if (at[row]! > at[slot.row]!) slot.row = row;
      } else if (at[row]! > slot.reading.at) {
        slot.row = row;
        slots.push(slot);
      }
    }
    for (const slot of slots) {
      slot.reading = readingAt(batch, slot.row, slot.tag);
      slot.row = -1;
      this.#see(slot, slot.reading);
    }
  }

  /** Takes a reading that is shown and not stored, as it lies within the deadband of a durable one. */
  show(reading: Reading): void {
    const slot = this.#slots.get(reading.tag);
    if (slot !== undefined) this.#see(slot, reading);
  }

  /** Takes the durable readings that an earlier run left in the log and that the database may not know yet. */
  recover(batch: Batch, tagNames: ReadonlyMap<number, string>): void {
    for (let row = 0; row < batchLength(batch); row++) {
      const tag = tagNames.get(batch.tag[row]!);
      if (tag === undefined || batch.at[row]! <= (this.newestOf(tag)?.at ?? Number.NEGATIVE_INFINITY)) continue;
      this.offer(readingAt(batch, row, tag));
    }
  }

  /**
   * Takes back a reading that the database will never have: `newest`, the newest one it has, is shown again. Without one the
   * tag is unknown again. Linear in the number of tags then, and rare. A reading that is newer by now stays.
   */
  retract(refused: Pick<Reading, 'tag' | 'at'>, newest: Reading | null): void {
    const slot = this.#slots.get(refused.tag);
    if (slot === undefined || !isSameTime(slot.reading.at, refused.at)) return;
    if (newest === null) {
      this.#slots.delete(slot.tag);
      this.#ordered = [];
      this.#changed = this.#changed.filter((each) => each !== slot);
      const logId = this.#byLogId.indexOf(slot);
      if (logId >= 0) this.#byLogId[logId] = undefined;
      return;
    }
    const isSeen = isSameTime(slot.seen.at, refused.at);
    slot.reading = newest;
    if (!isSeen) return;
    slot.seen = newest;
    this.#see(slot, newest);
  }

  /** Time of the newest reading of a tag that was seen. */
  lastAt(tag: string): EpochMs | null {
    return this.#slots.get(tag)?.seen.at ?? null;
  }

  /** The newest durable reading of a tag. */
  newestOf(tag: string): Reading | null {
    return this.#slots.get(tag)?.reading ?? null;
  }

  /** The newest durable reading of every tag, in the order of UTF-16 of the names. The same array until there is a new tag. */
  newest(): readonly NewestReading[] {
    if (this.#ordered.length < this.#slots.size)
      this.#ordered = [...this.#slots.values()].sort((a, b) => (a.tag < b.tag ? -1 : 1));
    return this.#ordered;
  }

  /** The newest reading of each tag that changed since the last call. */
  takeChanged(): readonly Reading[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed.map((slot) => {
      slot.isChanged = false;
      return slot.seen;
    });
  }

  #add(reading: Reading): Slot {
    const slot = { tag: reading.tag, reading, seen: reading, isChanged: false, row: -1 };
    this.#slots.set(reading.tag, slot);
    return slot;
  }

  #see(slot: Slot, reading: Reading): void {
    if (slot.seen.at > reading.at) return;
    slot.seen = reading;
    if (slot.isChanged) return;
    slot.isChanged = true;
    this.#changed.push(slot);
  }
}

/** The database keeps microseconds. */
function isSameTime(a: EpochMs, b: EpochMs): boolean {
  return Math.abs(a - b) < 0.001;
}

function readingAt({ at, value, quality, codes }: Batch, row: number, tag: string): Reading {
  const code = codes.get(row) ?? (quality[row] === HISTORICAL ? StatusCode.goodEntryInserted : undefined);
  return {
    tag,
    at: at[row]!,
    value: Number.isNaN(value[row]!) ? null : value[row]!,
    quality: qualityOf(qualityBits(quality[row]!)),
    ...(code === undefined ? {} : { code }),
  };
}
