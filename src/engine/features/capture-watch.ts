/** How often `isHung` is to be asked. */
export const LOOK_EVERY_MS = 1_000;
/** A capture as long as they may be takes some 5 s of a core. */
const HUNG_AFTER_LOOKS = 60;

/**
 * Which capture the features' thread is at, so that one that takes for ever, or the whole thread with it, is looked at once and not
 * again and again. Captures by the ends of their records in the log. Counts in looks, not by the clock: when the whole machine stands
 * still, nobody is to blame.
 */
export class CaptureWatch {
  readonly #givenUp = new Set<number>();
  #at: number | null = null;
  #looks = 0;

  began(end: number): void {
    this.#at = end;
    this.#looks = 0;
  }

  ended(): void {
    this.#at = null;
  }

  /** To be called every `LOOK_EVERY_MS`: true, once, when the thread has been at one capture for a minute. */
  isHung(): boolean {
    return this.#at !== null && ++this.#looks === HUNG_AFTER_LOOKS;
  }

  /** The thread has ended: what it was at is given up. */
  died(): void {
    if (this.#at !== null) this.#givenUp.add(this.#at);
    this.#at = null;
  }

  /** Nothing before this position is read again. */
  passed(position: number): void {
    for (const end of this.#givenUp) if (end <= position) this.#givenUp.delete(end);
  }

  /** What the next thread is to leave out. */
  givenUp(): readonly number[] {
    return [...this.#givenUp];
  }
}
