import { type Batch, batchLength, HISTORICAL, qualityBits } from '../model/batch.ts';
import { type EpochMs, type NewestReading, type Quality, qualityOf, type Reading } from '../model/reading.ts';
import { StatusCode } from '../model/status-code.ts';

/** What is known of one tag. Changed in place: an object kept for each newer reading would outlive the collector's nursery. */
class Slot {
  readonly tag: string;
  isChanged = false;
  /** Its newest row in the batch that is being taken; −1 when it has none. */
  row = -1;
  /** Time of the newest durable reading. */
  at: EpochMs;
  /** Whether any durable reading had a number, the newest or an older one. */
  hadNumber: boolean;
  /** NaN where there is none. */
  #value: number;
  #quality: Quality;
  #code: number | undefined;
  #text: string | undefined;
  #reading: Reading | null = null;
  /** What was seen within the deadband since then. */
  #shown: Reading | null = null;

  constructor({ tag, at, value, quality, code, text }: Reading) {
    this.tag = tag;
    this.at = at;
    this.#value = value ?? Number.NaN;
    this.#quality = quality;
    this.#code = code;
    this.#text = text;
    this.hadNumber = value !== null;
  }

  /** The newest durable one: another object as soon as there is a newer one. */
  get reading(): Reading {
    this.#reading ??= {
      tag: this.tag,
      at: this.at,
      value: Number.isNaN(this.#value) ? null : this.#value,
      quality: this.#quality,
      ...(this.#code === undefined ? {} : { code: this.#code }),
      ...(this.#text === undefined ? {} : { text: this.#text }),
    };
    return this.#reading;
  }

  /** Newest one that was seen, durable or within the deadband. */
  get seen(): Reading {
    return this.#shown ?? this.reading;
  }

  get seenAt(): EpochMs {
    return this.#shown?.at ?? this.at;
  }

  /** Takes a newer durable reading; true when it is also the newest that was seen. */
  renew(reading: Reading): boolean {
    const isSeen = reading.at >= this.seenAt;
    this.#set(reading);
    if (isSeen) this.#shown = null;
    return isSeen;
  }

  /** Takes an older reading in place of the durable one; true when that was the newest that was seen. */
  goBack(reading: Reading): boolean {
    this.#set(reading);
    return this.#shown === null;
  }

  #set({ at, value, quality, code, text }: Reading): void {
    this.at = at;
    this.#value = value ?? Number.NaN;
    this.#quality = quality;
    this.#code = code;
    this.#text = text;
    this.#reading = null;
  }

  /** Takes a reading within the deadband; true when it is the newest that was seen. */
  show(reading: Reading): boolean {
    const isSeen = reading.at >= this.seenAt;
    if (isSeen) this.#shown = reading;
    return isSeen;
  }
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

  /** Takes a durable reading; one that is not newer than what is known changes nothing, as the database keeps the first of a time. */
  offer(reading: Reading): void {
    const slot = this.#slots.get(reading.tag);
    if (slot === undefined) {
      this.#change(this.#add(reading));
      return;
    }
    slot.hadNumber ||= reading.value !== null;
    if (reading.at > slot.at && slot.renew(reading)) this.#change(slot);
  }

  /** Takes a durable batch: the same as offering each of its readings, looking only at the newest of each tag. */
  offerBatch(batch: Batch, names: { tagName(logId: number): string }): void {
    const { tag, at, value } = batch;
    const slots: Slot[] = [];
    for (let row = 0; row < tag.length; row++) {
      const slot = this.#byLogId[tag[row]!];
      if (slot !== undefined && !slot.hadNumber) slot.hadNumber = !Number.isNaN(value[row]!);
      if (slot === undefined) {
        const reading = readingAt(batch, row, names.tagName(tag[row]!));
        this.offer(reading);
        this.#byLogId[tag[row]!] = this.#slots.get(reading.tag);
      } else if (slot.row >= 0) {
        if (at[row]! > at[slot.row]!) slot.row = row;
      } else if (at[row]! > slot.at) {
        slot.row = row;
        slots.push(slot);
      }
    }
    for (const slot of slots) {
      if (slot.renew(readingAt(batch, slot.row, slot.tag))) this.#change(slot);
      slot.row = -1;
    }
  }

  /** Takes a reading that is shown and not stored, as it lies within the deadband of a durable one. */
  show(reading: Reading): void {
    const slot = this.#slots.get(reading.tag);
    if (slot?.show(reading)) this.#change(slot);
  }

  /** Takes the durable readings that an earlier run left in the log and that the database may not know yet. */
  recover(batch: Batch, tagNames: ReadonlyMap<number, string>): void {
    for (let row = 0; row < batchLength(batch); row++) {
      const tag = tagNames.get(batch.tag[row]!);
      if (tag === undefined) continue;
      const slot = this.#slots.get(tag);
      if (slot === undefined || batch.at[row]! > slot.at) this.offer(readingAt(batch, row, tag));
      else slot.hadNumber ||= !Number.isNaN(batch.value[row]!);
    }
  }

  /** Takes that an older reading of these tags had a number, whatever the newest one says. */
  noteNumbers(tags: Iterable<string>): void {
    for (const tag of tags) {
      const slot = this.#slots.get(tag);
      if (slot !== undefined) slot.hadNumber = true;
    }
  }

  /**
   * Takes back a reading that the database will never have: `newest`, the newest one it has, is shown again. Without one the
   * tag is unknown again. Linear in the number of tags then, and rare. A reading that is newer by now stays.
   */
  retract(refused: Pick<Reading, 'tag' | 'at'>, newest: Reading | null): void {
    const slot = this.#slots.get(refused.tag);
    if (slot === undefined || !isSameTime(slot.at, refused.at)) return;
    if (newest === null) {
      this.#slots.delete(slot.tag);
      this.#ordered = [];
      this.#changed = this.#changed.filter((each) => each !== slot);
      const logId = this.#byLogId.indexOf(slot);
      if (logId >= 0) this.#byLogId[logId] = undefined;
      return;
    }
    if (slot.goBack(newest)) this.#change(slot);
  }

  /** Time of the newest reading of a tag that was seen. */
  lastAt(tag: string): EpochMs | null {
    return this.#slots.get(tag)?.seenAt ?? null;
  }

  /** The newest durable reading of a tag. */
  newestOf(tag: string): Reading | null {
    return this.#slots.get(tag)?.reading ?? null;
  }

  /** Whether any durable reading of a tag had a number. */
  hadNumber(tag: string): boolean {
    return this.#slots.get(tag)?.hadNumber ?? false;
  }

  /** The newest durable reading of every tag, in the order of UTF-16 of the names. The same array until there is a new tag. */
  newest(): readonly NewestReading[] {
    if (this.#ordered.length < this.#slots.size)
      this.#ordered = [...this.#slots.values()].sort((a, b) => (a.tag < b.tag ? -1 : 1));
    return this.#ordered;
  }

  /** The newest reading of each tag that changed since the last call, or since `forgetChanged`. */
  takeChanged(): readonly Reading[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed.map((slot) => {
      slot.isChanged = false;
      return slot.seen;
    });
  }

  /** The same for nobody: makes no object for a reading. */
  forgetChanged(): void {
    for (const slot of this.#changed) slot.isChanged = false;
    this.#changed = [];
  }

  #add(reading: Reading): Slot {
    const slot = new Slot(reading);
    this.#slots.set(reading.tag, slot);
    return slot;
  }

  #change(slot: Slot): void {
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
