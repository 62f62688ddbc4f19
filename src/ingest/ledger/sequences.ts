import type { PushedBatch } from '../../model/log-record.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { GapBook, OpenGap } from './gap-book.ts';

/** Most clients of one source whose numbers are followed; the one that was quiet longest is forgotten. */
const MAX_STREAMS = 1_000;
/** A client that jumps further has begun a new count. */
const LONGEST_HOLE = 10_000;

/** How far one client has counted; plain data. */
export interface Sequence {
  last: number;
  /** Time of the newest reading of any of its batches. */
  lastAt: EpochMs;
}

/** Follows the numbers that clients give to their batches: a number that is left out is a gap until its batch comes. */
export class Sequences {
  readonly #book: GapBook;
  readonly #streams: Map<string, Sequence>;

  constructor(book: GapBook, saved: Iterable<readonly [string, Sequence]> = []) {
    this.#book = book;
    this.#streams = new Map(saved);
  }

  /** Takes a batch that is durable. */
  take(batch: PushedBatch): void {
    const key = JSON.stringify([batch.source, batch.stream]);
    const known = this.#streams.get(key);
    const newestAt = Math.max(known?.lastAt ?? 0, batch.to ?? batch.at);
    if (!known) {
      this.#remember(key, { last: batch.sequence, lastAt: newestAt });
      return;
    }
    const ahead = batch.sequence - known.last;
    if (ahead <= 0) {
      const hole = this.#holeOf(batch);
      if (hole) this.#fill(hole, batch);
      // Not a batch sent again, but a client that counts from the beginning: numbers 0 and 1 are where counting begins.
      else if (batch.sequence <= 1 && ahead < -1) this.#remember(key, { last: batch.sequence, lastAt: newestAt });
      return;
    }
    if (ahead > 1 && ahead <= LONGEST_HOLE) {
      this.#book.begin({
        source: batch.source,
        tag: null,
        stream: batch.stream,
        from: Math.min(known.lastAt, batch.from ?? batch.at),
        to: batch.from ?? batch.at,
        firstSequence: known.last + 1,
        lastSequence: batch.sequence - 1,
        reason: 'sequence',
        openedAt: batch.at,
      });
    }
    this.#remember(key, { last: batch.sequence, lastAt: newestAt });
  }

  /** What a checkpoint has to hold. */
  save(): [string, Sequence][] {
    return [...this.#streams];
  }

  #holeOf({ source, stream, sequence }: PushedBatch): OpenGap | null {
    for (const open of this.#book.open) {
      const { gap } = open;
      if (gap.stream !== stream || gap.source !== source || gap.firstSequence === null) continue;
      if (gap.firstSequence <= sequence && gap.lastSequence! >= sequence) return open;
    }
    return null;
  }

  #fill(hole: OpenGap, { sequence, at, from, to }: PushedBatch): void {
    const { gap } = hole;
    const first = gap.firstSequence!;
    const last = gap.lastSequence!;
    if (first === last) {
      this.#book.close(hole, at);
      return;
    }
    // What came may be of any time: the ends move only where its times lie within the gap.
    const within = (time: EpochMs | null, otherwise: EpochMs | null) =>
      time !== null && gap.to !== null && time >= gap.from && time <= gap.to ? time : otherwise;
    if (sequence === first) {
      this.#book.change(hole, { firstSequence: first + 1, from: within(to, gap.from)! });
      return;
    }
    this.#book.change(hole, { lastSequence: sequence - 1, to: within(from, gap.to) });
    if (sequence < last) this.#book.begin({ ...gap, from: within(to, gap.from)!, firstSequence: sequence + 1 });
  }

  #remember(key: string, sequence: Sequence): void {
    this.#streams.delete(key); // so that the order is that of the last sign of life
    this.#streams.set(key, sequence);
    if (this.#streams.size > MAX_STREAMS) this.#streams.delete(this.#streams.keys().next().value!);
  }
}
