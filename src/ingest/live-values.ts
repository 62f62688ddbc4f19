import type { EpochMs, Reading } from '../model/reading.ts';

/** The newest reading of one tag. */
interface Slot {
  reading: Reading;
  isChanged: boolean;
}

/** The newest reading of every tag, in memory, and which of them changed since somebody last looked. */
export class LiveValues {
  readonly #slots = new Map<string, Slot>();
  #changed: Slot[] = [];

  /** Fills in what the database knew when the service started. */
  constructor(stored: Iterable<Reading> = []) {
    for (const reading of stored) this.#slots.set(reading.tag, { reading, isChanged: false });
  }

  /** Takes a durable reading; an older one than is known changes nothing. Called for each: one look-up is all it costs. */
  offer(reading: Reading): void {
    let slot = this.#slots.get(reading.tag);
    if (slot === undefined) {
      slot = { reading, isChanged: false };
      this.#slots.set(reading.tag, slot);
    } else if (slot.reading.at > reading.at) return;
    slot.reading = reading;
    if (slot.isChanged) return;
    slot.isChanged = true;
    this.#changed.push(slot);
  }

  /** Time of the newest reading of a tag that is durable. */
  lastAt(tag: string): EpochMs | null {
    return this.#slots.get(tag)?.reading.at ?? null;
  }

  /** The newest reading of each tag that changed since the last call. */
  takeChanged(): readonly Reading[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed.map((slot) => {
      slot.isChanged = false;
      return slot.reading;
    });
  }
}
