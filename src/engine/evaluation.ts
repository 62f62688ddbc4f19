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
}

/** A rule that was switched off, with why, and the tag on which that happened first. */
export interface Parked {
  readonly rule: string;
  readonly tag: string;
  readonly reason: string;
}
