import type { EpochMs } from './reading.ts';

/** `connecting` = trying, `up` = link is there, `waiting` = failed, will retry, `listening` = push, does not dial. */
export type SourceLink = 'connecting' | 'up' | 'waiting' | 'listening' | 'stopped';

/** Why something that arrived did not become a stored reading. */
export type DiscardReason =
  | 'unknown_tag'
  | 'invalid_tag'
  | 'not_a_number'
  | 'not_finite'
  | 'not_exact'
  | 'invalid_time'
  | 'too_old'
  | 'too_new'
  | 'invalid_quality'
  | 'invalid_item'
  | 'invalid_unit'
  | 'invalid_rate'
  | 'invalid_size'
  | 'adopt_limit'
  | 'derived_tag'
  | 'malformed'
  | 'too_large'
  | 'no_time'
  | 'deadband'
  | 'rate_limit'
  | 'duplicate'
  | 'conflict'
  | 'retained'
  | 'no_birth'
  | 'sequence_gap'
  | 'transient'
  | 'unasked'
  | 'log_full';

/** One adapter, as the API and the console show it. */
export interface SourceStatus {
  readonly id: string;
  readonly kind: string;
  readonly state: SourceLink;
  readonly since: EpochMs;
  readonly lastSuccess: EpochMs | null;
  readonly nextAttempt: EpochMs | null;
  readonly attempts: number;
  readonly lastError: { readonly code: string; readonly message: string; readonly at: EpochMs } | null;
  readonly counts: {
    readonly accepted: number;
    readonly discarded: Readonly<Record<string, number>>;
    readonly requests: number;
    readonly failures: number;
  };
  readonly tags: number;
  /** False when the diagnosis names something to be done. */
  readonly isWell: boolean;
  /** What is wrong, since when, and where to look first: one sentence a finding, the worst first. Times are the plant's. */
  readonly diagnosis: readonly string[];
}
