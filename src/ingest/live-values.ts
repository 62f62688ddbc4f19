import type { EpochMs, Reading } from '../model/reading.ts';

/** The newest reading of every tag, in memory, and which of them changed since somebody last looked. */
export class LiveValues {
  readonly #latest = new Map<string, Reading>();
  #changed = new Map<string, Reading>();

  /** Fills in what the database knew when the service started. */
  constructor(stored: Iterable<Reading> = []) {
    for (const reading of stored) this.#latest.set(reading.tag, reading);
  }

  /** Takes a durable reading; an older one than is known changes nothing. */
  offer(reading: Reading): void {
    const known = this.#latest.get(reading.tag);
    if (known && known.at > reading.at) return;
    this.#latest.set(reading.tag, reading);
    this.#changed.set(reading.tag, reading);
  }

  /** Time of the newest reading of a tag that is durable. */
  lastAt(tag: string): EpochMs | null {
    return this.#latest.get(tag)?.at ?? null;
  }

  /** The newest reading of each tag that changed since the last call. */
  takeChanged(): readonly Reading[] {
    const changed = [...this.#changed.values()];
    this.#changed = new Map();
    return changed;
  }
}
