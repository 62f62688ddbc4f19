import type { EpochMs } from './reading.ts';

/**
 * Why data that was due is missing. `link_down`: the source could not be reached. `log_full`: it was reached, and nothing
 * could be kept. `service_stopped`: nobody asked. `silent`: nothing came though all else was well. `no_value`: what came had
 * no value. `sequence`: a client left a number out.
 */
export const GAP_REASONS = ['link_down', 'log_full', 'service_stopped', 'silent', 'no_value', 'sequence'] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** A stretch of time for which data was due and did not come. Open until it came, and then shorter and shorter. */
export interface Gap {
  readonly id: string;
  readonly source: string;
  /** `null`: every tag of the source, or a client's numbered batches. */
  readonly tag: string | null;
  /** The client that numbers its batches, of a hole in its numbers. */
  readonly stream: string | null;
  /** Time of the last reading before what is missing. */
  readonly from: EpochMs;
  /** Time of the first reading after it; `null` while it lasts. */
  readonly to: EpochMs | null;
  /** Numbers of the batches that are missing, both inclusive. */
  readonly firstSequence: number | null;
  readonly lastSequence: number | null;
  readonly reason: GapReason;
  readonly openedAt: EpochMs;
  /** When the last of it had come; `null` while any is missing. */
  readonly closedAt: EpochMs | null;
}
