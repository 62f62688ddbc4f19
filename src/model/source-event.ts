import type { Level, Priority } from './alert.ts';
import type { EpochMs } from './reading.ts';

/** How one alarm that a source raised itself stands: its whole state, not a change, so that it may be told again. */
export interface SourceCondition {
  readonly kind: 'condition';
  /** Tells this alarm from all others of its source; the same after the source was started again. */
  readonly key: string;
  /** `unknown` neither raises nor clears: the source cannot tell, or keeps the alarm from people. */
  readonly state: 'active' | 'inactive' | 'unknown';
  /** Somebody has acknowledged it at the source; `null`: nobody has, or the source does not know. */
  readonly acknowledged: { readonly by: string | null; readonly note: string | null } | null;
  readonly priority: Priority;
  readonly level: Level | null;
  /** Urgency as the source gives it, 1 to 1000 (OPC UA Part 5 §6.4.2); `null`: it gives none. */
  readonly severity: number | null;
  /** What the alarm is about, as the source calls it. */
  readonly from: string;
  /** What the source calls the alarm. */
  readonly name: string;
  readonly message: string;
  /** When it came into this state, by the source's clock. */
  readonly at: EpochMs;
  /** Where it belongs in the plant; `null`: nobody knows. */
  readonly subject: EventSubject | null;
}

/** A tag or an asset of the plant, by name. */
export type EventSubject = { readonly tag: string } | { readonly asset: string };

/** All alarms of a source that are not inactive: those that are not among them ended while nobody listened. */
export interface StandingConditions {
  readonly kind: 'standing';
  readonly keys: readonly string[];
}

/** What a source says of its own alarms. */
export type SourceEvent = SourceCondition | StandingConditions;

/**
 * What became of what a source said, where not all of it was taken. `too_many`: it is not kept (counted); `unknown_subject`: it is
 * kept, without the tag or asset it named, which the plant does not have.
 */
export type EventRemark = 'too_many' | 'unknown_subject';

/** Longest texts that are kept of an event, characters. */
export const EVENT_TEXT_LIMITS = { key: 600, name: 200, message: 1_000 } as const;
