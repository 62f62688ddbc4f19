import type { JudgedPlant } from '../../model/judged-plant.ts';
import type { Lesson } from '../../model/log-record.ts';
import type { Plant } from '../../model/plant.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { LateTag } from '../late-readings.ts';
import type { Change } from './compare.ts';
import type { Judgement, Label } from './judge.ts';

/** What of a plant a back-test needs. */
export type TriedPlant = JudgedPlant & Pick<Plant, 'assets'>;

/** What is tried on which history. */
export interface BacktestRequest<P extends TriedPlant = TriedPlant> {
  /** The rules that are tried, and the tags they are on. */
  readonly plant: P;
  /** Rules that they are compared with, run over the same history; `null`: what the service did live, as its journal says. */
  readonly present: TriedPlant | null;
  /** Readings that only `plant` gets to see, and `present` does not; then only rules that they may concern are run. Absent: both see all. */
  readonly overlooked?: readonly LateTag[];
  /** Only rules that learn are run, and what they have learnt at the end is told. Absent: it is not. */
  readonly learnt?: 'wanted';
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Only these rules; empty: all. */
  readonly rules: readonly string[];
  /** So much history before `from` is played first, for rules that must learn or wait; what they say in it is left out. */
  readonly warmUpMs: number;
  readonly labels: readonly Label[];
  /** A job that was done and found a fault counts as a label from so long before it was made until it was done; `null`: jobs are not looked at. */
  readonly workOrderMs: number | null;
}

/** How far it is. */
export interface BacktestProgress {
  readonly at: EpochMs;
  readonly readings: number;
}

/** What one rule did before and does now, in numbers of episodes. */
export interface RuleSummary {
  readonly rule: string;
  readonly before: number;
  readonly now: number;
  readonly same: number;
  readonly earlier: number;
  readonly later: number;
  readonly gone: number;
  readonly new: number;
}

/** What a back-test found. */
export interface BacktestReport {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Evaluated, with those of the warm-up. */
  readonly readings: number;
  /** Tags that were read. */
  readonly tags: number;
  readonly elapsedMs: number;
  readonly against: 'journal' | 'rules';
  readonly rules: readonly RuleSummary[];
  /** Oldest first; at most `MAX_CHANGES`. */
  readonly changes: readonly Change[];
  readonly changesLeftOut: number;
  /** `null`: there is nothing to compare with. */
  readonly judgement: Judgement | null;
  /** What rules have learnt at the end, where that was wanted. */
  readonly learnt?: readonly Lesson[];
  /** What keeps it from being the whole truth, in sentences. */
  readonly notes: readonly string[];
}

/** What the thread of a back-test is started with. */
export interface BacktestWorkerData extends BacktestRequest {
  readonly databaseUrl: string;
}

/** From the host to the thread. */
export type ToBacktest = { readonly kind: 'cancel' };

/** From the thread to its host. */
export type FromBacktest =
  | ({ readonly kind: 'progress' } & BacktestProgress)
  | { readonly kind: 'done'; readonly report: BacktestReport }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
