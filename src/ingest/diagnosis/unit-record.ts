import type { EpochMs } from '../../model/reading.ts';
import type { UnitFacts } from './facts.ts';
import { median } from './median.ts';
import { Streaks } from './streaks.ts';

/** One request's outcome, as an adapter observes it. */
export interface Outcome {
  readonly unit?: string;
  readonly code?: string;
  readonly ms: number;
}

/** Requests that are remembered one by one: what a unit did half a minute ago at one request a second. */
const REMEMBERED = 32;
/** Requests that are nearer to each other belong to one scan, and say nothing about its pace. */
const LEAST_PAUSE_MS = 1_000;
/** A refused tag is asked every half minute; twice not refused, and it is over. */
const COMPLAINT_PAUSE_MS = 90_000;
const MOST_CODES = 8;
/** Codes that mean that the unit did not answer. Whatever else is no value came from the unit itself. */
const UNANSWERED: ReadonlySet<string> = new Set([
  'request_timeout',
  'connection_timeout',
  'connection_lost',
  'connection_refused',
  'answer_invalid',
  'exception_10',
  'exception_11',
]);

/** What is known of one unit: bounded, however often it is asked and whatever it answers. */
export class UnitRecord {
  readonly #recent: { at: EpochMs; ms: number; isAnswer: boolean; isComplaint: boolean }[] = [];
  readonly #unanswered = new Streaks({ pauseMs: Number.POSITIVE_INFINITY, most: MOST_CODES });
  readonly #complaints = new Streaks({ pauseMs: COMPLAINT_PAUSE_MS, most: MOST_CODES });
  /** From an answer to the next request, ms: a unit that failed is asked less often. */
  readonly #pausesMs: number[] = [];
  #lastAnswer: EpochMs | null = null;

  /** Takes one outcome; true when it was an answer. */
  add({ code, ms }: Outcome, now: EpochMs): boolean {
    const isAnswer = code === undefined || !UNANSWERED.has(code);
    this.#pause(now);
    this.#recent.push({ at: now, ms, isAnswer, isComplaint: isAnswer && code !== undefined });
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    if (code !== undefined) (isAnswer ? this.#complaints : this.#unanswered).add(code, now);
    if (isAnswer) {
      this.#lastAnswer = now;
      this.#unanswered.clear();
    }
    return isAnswer;
  }

  /** What is known at `now`. */
  facts(unit: string, now: EpochMs): UnitFacts {
    const answers = this.#recent.filter(({ isAnswer }) => isAnswer);
    return {
      unit,
      lastAnswer: this.#lastAnswer,
      unanswered: this.#unanswered.at(now),
      complaints: this.#complaints.at(now),
      medianMs: median(answers.map(({ ms }) => ms)),
      onlyComplains: answers.every(({ isComplaint }) => isComplaint),
      pauseMs: Math.max(0, ...this.#pausesMs),
      recent: {
        asked: this.#recent.length,
        unanswered: this.#recent.length - answers.length,
        since: this.#recent[0]?.at ?? now,
      },
    };
  }
  #pause(now: EpochMs): void {
    const before = this.#recent.at(-1);
    if (!before?.isAnswer || now - before.at < LEAST_PAUSE_MS) return;
    this.#pausesMs.push(now - before.at);
    if (this.#pausesMs.length > REMEMBERED) this.#pausesMs.shift();
  }
}
