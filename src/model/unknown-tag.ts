import type { EpochMs } from './reading.ts';
import type { DiscardReason } from './source-state.ts';

/** A tag that a source with `adopt: ask` brought and that nobody has adopted yet. */
export interface UnknownTag {
  readonly source: string;
  /** `<asset>.<tag>`. */
  readonly name: string;
  readonly firstSeen: EpochMs;
  readonly lastSeen: EpochMs;
  /** Readings of it so far; all of them were discarded. */
  readonly count: number;
  /** Value of the newest one. */
  readonly value: number | null;
}

/** What became of a wish to adopt: those that are tags now, and why the others are not. */
export interface AdoptionOutcome {
  readonly adopted: readonly string[];
  readonly refused: readonly {
    readonly tag: string;
    readonly code: DiscardReason;
    readonly reason: string;
  }[];
}
