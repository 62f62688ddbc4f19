import type { Static, TSchema } from 'typebox';
import type { Finding, Level } from '../src/model/alert.ts';
import type { EpochMs } from '../src/model/reading.ts';

export type { Finding, Level } from '../src/model/alert.ts';
export { duration, sayDuration } from '../src/model/duration.ts';
export type { EpochMs } from '../src/model/reading.ts';

/**
 * What a detector says after one reading or one tick.
 * `unknown` (learning, bad input, machine off) neither raises nor clears.
 */
export type Verdict =
  | { readonly state: 'unknown' }
  | { readonly state: 'normal' /** 0..1 */; readonly score: number }
  | { readonly state: 'abnormal'; readonly score: number; readonly level?: Level; readonly finding: Finding };

/** What a detector may know about the tag it watches, for its sentences. */
export interface Subject {
  /** `<asset>.<tag>`. */
  readonly tag: string;
  /** UCUM code; empty when nobody said. */
  readonly unit: string;
}

/**
 * A method that judges one tag. Pure: no clock, no randomness, no I/O. The state is plain JSON data, survives
 * serialisation, and is touched by its own detector only (it may be changed in place).
 */
export interface Detector<C extends TSchema = TSchema, S = unknown> {
  /** The word after `detect:` in the plant file. */
  readonly kind: string;
  /** What its alerts are about. */
  readonly about: 'machine' | 'instrument';
  readonly config: C;
  /** Says what is wrong with settings that each look right alone (`low` above `high`), `null` when nothing is. */
  refuse?(config: Static<C>): string | null;
  init(config: Static<C>): S;
  /** Judges one reading. `value` is NaN when it is bad or missing. `at` never decreases. */
  step(state: S, at: EpochMs, value: number, config: Static<C>, subject: Subject): Verdict;
  /** Judges the absence of readings, once a second of log time. `at` is the service's own clock. */
  tick?(state: S, at: EpochMs, config: Static<C>, subject: Subject): Verdict;
  /**
   * `event` (default): `at` is the time the reading carries. `arrival`: `at` is when the service received it, for
   * detectors of absence, so that a device whose clock is wrong is not taken for a silent one.
   */
  readonly time?: 'event' | 'arrival';
}
