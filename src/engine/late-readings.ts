import type { CorrectionEvent } from '../model/log-record.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';

/** Readings of one tag that came too late to be judged. */
export interface LateTag {
  readonly tag: string;
  /** Times of the oldest and the newest of them. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Of each; `null`: there were too many, and all that lies between the two counts as late. */
  readonly times: readonly EpochMs[] | null;
}

/** Late readings that are to be judged in their place in history: does anything that was told change? */
export interface Review {
  /** Grows with each review of a log. */
  readonly id: number;
  /** The readings lie before this position of the log. */
  readonly position: number;
  readonly tags: readonly LateTag[];
}

/** What is known of late readings, as plain JSON. */
export interface LateSnapshot {
  readonly open: Review | null;
  readonly collected: readonly LateTag[];
  readonly since: EpochMs;
  readonly heardAt: EpochMs;
  readonly closedAt: EpochMs;
}

/** A reading older than this when it arrives is history: stored, not evaluated live. */
export const LIVE_WINDOW_MS = 10 * 60_000;
/** A reading further ahead than this has a wrong clock; evaluating it would make all that follow look late. */
export const AHEAD_MS = 60_000;
/** What is older when it arrives is history that nobody waits for: an import, or the store of a device that was away for days. */
export const REVIEW_WITHIN_MS = 24 * 3_600_000;
/** They come in bursts: when none has come for so long, or they go on for longer than that, they are looked at together. */
const QUIET_MS = 10_000;
const LONGEST_MS = 300_000;
/** A source that is late all the time must not keep a core busy. */
const PAUSE_MS = 60_000;
/** Times that are remembered one by one, of all tags together. */
const MAX_TIMES = 5_000;

/**
 * Collects readings that came too late, and hands them out for review in the time of the log, one review after the other.
 * What is handed out, and when, depends on the records of the log alone.
 */
export class LateReadings {
  #open: Review | null = null;
  readonly #collected = new Map<string, { from: EpochMs; to: EpochMs; times: Set<EpochMs> | null }>();
  #timesKept = 0;
  #since: EpochMs = 0;
  #heardAt: EpochMs = 0;
  #closedAt: EpochMs = 0;

  /** What waits to be looked at; `null`: nothing does. */
  get review(): Review | null {
    return this.#open;
  }

  /** Takes one that came too late; `receivedAt` by our own clock. */
  note(tag: string, at: EpochMs, receivedAt: EpochMs): void {
    if (at > receivedAt + AHEAD_MS || at < receivedAt - REVIEW_WITHIN_MS) return;
    if (this.#collected.size === 0) this.#since = receivedAt;
    this.#heardAt = Math.max(this.#heardAt, receivedAt);
    const known = this.#collected.get(tag) ?? { from: at, to: at, times: new Set<EpochMs>() };
    this.#collected.set(tag, known);
    known.from = Math.min(known.from, at);
    known.to = Math.max(known.to, at);
    if (known.times === null || known.times.has(at)) return;
    if (this.#timesKept < MAX_TIMES) {
      known.times.add(at);
      this.#timesKept++;
    } else {
      this.#timesKept -= known.times.size;
      known.times = null;
    }
  }

  /** The clock's record at `position` of the log. */
  tick(now: EpochMs, position: number): void {
    if (this.#open !== null || this.#collected.size === 0 || now - this.#closedAt < PAUSE_MS) return;
    if (now - this.#heardAt < QUIET_MS && now - this.#since < LONGEST_MS) return;
    this.#open = { id: position, position, tags: this.#tags() };
    this.#collected.clear();
    this.#timesKept = 0;
  }

  /**
   * A review was looked at, as the record that ends at `position` says; gives what follows. A second record of one review says
   * nothing new: it was asked for again after a crash.
   */
  correct({ review, at, transitions }: CorrectionEvent, position: number): Transition[] {
    if (this.#open?.id !== review) return [];
    this.#open = null;
    this.#closedAt = at;
    return transitions.map((each) => ({ ...each, position }));
  }

  /** Empty: nothing is known of any. */
  snapshot(): { readonly late?: LateSnapshot } {
    if (this.#open === null && this.#collected.size === 0 && this.#closedAt === 0) return {};
    const [since, heardAt, closedAt] = [this.#since, this.#heardAt, this.#closedAt];
    return { late: { open: this.#open, collected: this.#tags(), since, heardAt, closedAt } };
  }

  /** Takes a snapshot up again. */
  restore({ open, collected, since, heardAt, closedAt }: LateSnapshot): void {
    this.#open = open;
    this.#since = since;
    this.#heardAt = heardAt;
    this.#closedAt = closedAt;
    for (const { tag, from, to, times } of collected) {
      this.#collected.set(tag, { from, to, times: times && new Set(times) });
      this.#timesKept += times?.length ?? 0;
    }
  }

  #tags(): LateTag[] {
    return [...this.#collected].map(([tag, { from, to, times }]) => ({
      tag,
      from,
      to,
      times: times && [...times].sort((a, b) => a - b),
    }));
  }
}
