import type { Reading } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';

/** What became of an operator's command. */
export interface CommandOutcome {
  readonly commandId: string;
  readonly outcome: 'done' | 'not active';
}

/** What one record led to. */
export interface Evaluation {
  readonly transitions: readonly Transition[];
  readonly commands: readonly CommandOutcome[];
  /** What was computed of derived tags, to be stored. The engine has judged it already. */
  readonly readings: readonly Reading[];
}

/** A rule that was switched off, with why, and the tag on which that happened first. */
export interface Parked {
  readonly rule: string;
  readonly tag: string;
  readonly reason: string;
}
