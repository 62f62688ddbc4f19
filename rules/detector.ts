import type { Static, TSchema } from 'typebox';
import type { Finding, Level } from '../src/model/alert.ts';
import type { EpochMs } from '../src/model/reading.ts';
import type { RemainingLife } from '../src/model/remaining-life.ts';

export type { Contribution, Finding, Level } from '../src/model/alert.ts';
export { duration, sayDuration } from '../src/model/duration.ts';
export type { EpochMs } from '../src/model/reading.ts';
export type { RemainingLife } from '../src/model/remaining-life.ts';

/**
 * What a detector says after one reading or one tick.
 * `unknown` (learning, bad input, machine off) neither raises nor clears. Make no object where `UNKNOWN` and `NORMAL` of
 * verdict.ts say the same.
 */
export type Verdict = { readonly rul?: RemainingLife } & (
  | { readonly state: 'unknown' }
  | {
      readonly state: 'normal';
      /** 0..1 */
      readonly score: number;
      /** While an alert stands: what people are told when it returns. The engine asks `back` for it. */
      readonly back?: Finding;
    }
  | { readonly state: 'abnormal'; readonly score: number; readonly level?: Level; readonly finding: Finding }
);

/** One of the tags that a detector judges together. */
export interface SubjectInput {
  readonly tag: string;
  readonly unit: string;
  /** What the plant file says the instrument measures, from low to high, tag unit. Absent when nobody said. */
  readonly range?: readonly [low: number, high: number];
  /** It explains the others and is not judged: `given` in the plant file. */
  readonly isGiven?: true;
}

/** What a detector may know about the tags it watches, for its sentences. */
export interface Subject {
  /** `<asset>.<tag>`; of several tags the first. */
  readonly tag: string;
  /** UCUM code; empty when nobody said. */
  readonly unit: string;
  /** What the plant file says the instrument measures, from low to high, tag unit. Absent when nobody said. */
  readonly range?: readonly [low: number, high: number];
  /** IANA name of the plant's time zone; UTC when nobody said. */
  readonly timezone?: string;
  /** Of a detector that joins: every tag, in the order of `inputs`. */
  readonly inputs?: readonly SubjectInput[];
}

/**
 * A method that judges one tag, or with `joins` several together. Pure: no clock, no randomness, no I/O. The state is plain JSON data, survives
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
  /** Says why a tag of `on` can't be judged with these settings, `null` when it can. */
  refuseTag?(config: Static<C>, subject: Subject): string | null;
  /** Says what is allowed and hardly meant, beside a tag that keeps no change smaller than `deadband`; `null` when nothing is. */
  doubt?(config: Static<C>, tag: { readonly tag: string; readonly deadband: number }): string | null;
  init(config: Static<C>): S;
  /**
   * `true`: the tags of `on` are judged together, at the time of the newest; else each by itself, and there is one input.
   * An input whose newest reading is farther away than the rule's tolerance is NaN.
   */
  readonly joins?: boolean;
  /** Of a detector that joins: it takes tags that explain the others and are not judged, after those the rule is on. */
  readonly takesGiven?: true;
  /**
   * Of a detector that joins: under which tag its alerts are filed. `first` (default) of `on`; `largest part`: the one with the
   * largest share in the finding that raised it.
   */
  readonly filedUnder?: 'first' | 'largest part';
  /**
   * What it learnt outlives the times at which the rule's `when` is not true: it is what is normal for the machine, not the
   * course of one run. Without it the detector begins anew after each such time.
   */
  readonly keepsLearnt?: true;
  /**
   * With these settings it learns once what the machine had when it was well. That outlives what `keepsLearnt` does, and also changes
   * of the rule that touch neither its settings nor its tags: learnt anew, a machine that got worse would be its own normal.
   */
  learnsOnce?(config: Static<C>): boolean;
  /**
   * It judges features of captures: `on` names the tag of the captures, and its inputs are those of these features that their
   * point has. The first is the one its alerts are filed under. Goes with `joins`.
   */
  readonly features?: readonly string[];
  /**
   * Judges the readings of one time. `inputs[i]` is the value of the i-th tag the rule is `on`, NaN when it is bad or
   * missing; the array is the engine's and is filled anew for the next call. `at` never decreases.
   */
  step(state: S, at: EpochMs, inputs: Float64Array, config: Static<C>, subject: Subject): Verdict;
  /**
   * Says what `step` found in a sentence, where `step` leaves `explanation` empty: each reading of an alert that stands is a finding,
   * and only those that people are told of need words. Hangs on its arguments alone; `config` and `subject` are those of `step`.
   */
  say?(finding: Finding, config: Static<C>, subject: Subject): string;
  /**
   * What to tell of inputs that are normal again; `before` is what was found last, without words where `say` has them,
   * `state` is as `step` left it. `null`: what was found last. For detectors whose figure is not the newest reading of the tag: without
   * this method that is told.
   */
  back?(
    inputs: Float64Array,
    config: Static<C>,
    seen: { readonly before: Finding; readonly subject: Subject; readonly state: S },
  ): Finding | null;
  /**
   * What it told from `from` to `to`, in the time of its readings, was a fault and has been repaired: nothing that comes and goes by itself.
   * Without this method it learns nothing of what it tells.
   */
  forget?(state: S, fault: { readonly from: EpochMs; readonly to: EpochMs }, config: Static<C>): void;
  /** Judges the absence of readings, once a second of log time. `at` is the service's own clock. */
  tick?(state: S, at: EpochMs, config: Static<C>, subject: Subject): Verdict;
  /**
   * `event` (default): `at` is the time the reading carries. `arrival`: `at` is when the service received it, for
   * detectors of absence, so that a device whose clock is wrong is not taken for a silent one.
   */
  readonly time?: 'event' | 'arrival';
}
