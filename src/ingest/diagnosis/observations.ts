import type { EpochMs } from '../../model/reading.ts';
import { Arrivals } from './arrivals.ts';
import type { SourceFacts } from './facts.ts';
import { Streaks } from './streaks.ts';
import { type Outcome, UnitRecord } from './unit-record.ts';

/** A bus has at most 247 units; what names more, names tags, and the first of them are an example. */
const MOST_UNITS = 256;
const BREAKS_PAUSE_MS = 10 * 60_000;
const DISCARDS_PAUSE_MS = 5 * 60_000;
const MOST_REASONS = 64;
/** Characters of a topic, which may have 65,535. */
const MOST_ORIGIN = 200;

/** Collects, within bounds, what one source goes through: what a diagnosis is made of. */
export class Observations {
  readonly #units = new Map<string, UnitRecord>();
  readonly #breaks = new Streaks({ pauseMs: BREAKS_PAUSE_MS, most: 1 });
  readonly #discards = new Streaks({ pauseMs: DISCARDS_PAUSE_MS, most: MOST_REASONS });
  readonly #origins = new Map<string, string>();
  readonly #refusals = new Streaks({ pauseMs: DISCARDS_PAUSE_MS, most: 1 });
  readonly #arrivals = new Arrivals();
  #fullDisk: string | null = null;
  #lastAnswer: EpochMs | null = null;

  /** A request was made. */
  asked(outcome: Outcome, now: EpochMs): void {
    const record = outcome.unit === undefined ? null : this.#recordOf(outcome.unit);
    const isAnswer = record?.add(outcome, now) ?? outcome.code === undefined;
    if (isAnswer) this.#lastAnswer = now;
  }

  /** A link that was up broke. */
  broke(now: EpochMs): void {
    this.#breaks.add('link', now);
  }

  /** Something was thrown away, and where the newest of it came from, when the adapter says so. */
  discarded(
    reason: string,
    { count, from }: { readonly count: number; readonly from?: string | undefined },
    now: EpochMs,
  ): void {
    this.#discards.add(reason, now, count);
    if (from === undefined) this.#origins.delete(reason);
    else if (this.#origins.has(reason) || this.#origins.size < MOST_REASONS)
      this.#origins.set(reason, from.length > MOST_ORIGIN ? `${from.slice(0, MOST_ORIGIN)}…` : from);
  }

  /** The log refused some readings: it is full, or, with what it says, the disk under it. */
  refused(count: number, now: EpochMs, fullDisk: string | null = null): void {
    this.#refusals.add('log', now, count);
    this.#fullDisk = fullDisk;
  }

  /** A batch was stored; `newest`: as `newestOf` says, by the source's clock, of which `correctedMs` were taken off. */
  arrived(newest: EpochMs | null, now: EpochMs, correctedMs = 0): void {
    this.#arrivals.add(newest, now, 'readings', correctedMs);
  }

  /** All of a batch was refused, some of it for its time. */
  refusedForTime(newest: EpochMs | null, now: EpochMs): void {
    this.#arrivals.refuse(newest, now);
  }

  /** A waveform or a thermal frame was stored; its time is that of its beginning, and says nothing about a clock. */
  captured(now: EpochMs): void {
    this.#arrivals.add(null, now, 'captures');
  }

  /** What is known at `now`. */
  facts(now: EpochMs): Omit<SourceFacts, 'now' | 'status' | 'lastErrorDetail'> {
    return {
      units: [...this.#units].map(([unit, record]) => record.facts(unit, now)),
      breaks: this.#breaks.at(now).get('link') ?? null,
      lastAnswer: this.#lastAnswer,
      arrivals: this.#arrivals.facts(),
      refusals: this.#refusals.at(now).get('log') ?? null,
      fullDisk: this.#fullDisk,
      discards: this.#discards.at(now),
      origins: this.#origins,
    };
  }

  #recordOf(unit: string): UnitRecord | null {
    const known = this.#units.get(unit);
    if (known) return known;
    if (this.#units.size >= MOST_UNITS) return null;
    const record = new UnitRecord();
    this.#units.set(unit, record);
    return record;
  }
}
