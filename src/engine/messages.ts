import type { PlanInForce } from '../model/judged-plant.ts';
import type { Reading } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';
import type { CommandOutcome, Parked } from './engine.ts';
import type { Review } from './late-readings.ts';
import type { Learner } from './lessons/lessons.ts';
import type { OverrunRule } from './overruns.ts';
import type { RunningWatch } from './watchdog.ts';

/** What the engine's thread is started with. */
export interface EngineWorkerData {
  /** What the service has now: what lies in the log before may have been judged by another one. */
  readonly plan: PlanInForce;
  /** `at once`: it is too large to be told by the log, and what lies there before is judged by it, too. */
  readonly planHolds: 'when the log says so' | 'at once';
  readonly logDirectory: string;
  readonly logId: string;
  readonly logStart: number;
  readonly durable: number;
  readonly databaseUrl: string;
  /** Effects of records that end at or before this were taken over before, and are not repeated. */
  readonly recorded: number;
  /** Where it tells what it is doing. */
  readonly running: RunningWatch;
  /** Rules that were found to hold up all others, to be switched off. */
  readonly overruns: readonly OverrunRule[];
  /** URL of a module that exports `detectors`, to be used beside ours. */
  readonly moreDetectors: string | null;
}

/** A rule as it is planned: the watches of all rules, one behind the other, are counted through. */
export interface PlannedRule {
  readonly rule: string;
  readonly watchCount: number;
  /** Of its first watch. */
  readonly fingerprint: string;
}

/** From the service to the engine's thread. */
export type ToEngine =
  | { readonly kind: 'durable'; readonly position: number }
  /** The transitions and the derived readings of records up to here are safe. */
  | { readonly kind: 'recorded'; readonly position: number }
  | { readonly kind: 'stop' };

/** From the engine's thread to the service. */
export type FromEngine =
  /** What the records up to `position` led to. */
  | {
      readonly kind: 'evaluated';
      readonly transitions: readonly Transition[];
      readonly commands: readonly CommandOutcome[];
      /** Of derived tags. */
      readonly readings: readonly Reading[];
      readonly position: number;
    }
  /** Everything that happened before the start was evaluated again: these alerts are really open. */
  | {
      readonly kind: 'caught up';
      readonly open: readonly Transition[];
      readonly letGo: ReadonlyMap<string, string>;
      readonly position: number;
    }
  /** Late readings wait to be judged in their place in history. */
  | { readonly kind: 'review'; readonly review: Review }
  /** Rules that learn, and that history has taught nothing yet. */
  | { readonly kind: 'untaught'; readonly learners: readonly Learner[] }
  | { readonly kind: 'progress'; readonly position: number; readonly late: number }
  /** Everything before this position may be forgotten by the log. */
  | { readonly kind: 'checkpointed'; readonly position: number }
  | ({ readonly kind: 'parked' } & Parked)
  /** What was told to be off works again. */
  | { readonly kind: 'recovered'; readonly rule: string; readonly tag: string }
  /** From here on it judges by this plan. */
  | { readonly kind: 'planned'; readonly version: string; readonly rules: readonly PlannedRule[] }
  /** All that was in the log at the start is evaluated, and was judged last by another plan than the service has. */
  | { readonly kind: 'plan is old' }
  | { readonly kind: 'waiting'; readonly code: string; readonly message: string }
  /** A checkpoint could not be stored; the next one tries again. */
  | { readonly kind: 'not saved'; readonly code: string; readonly message: string }
  | { readonly kind: 'stopped' };
