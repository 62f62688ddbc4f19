import type { MeasuringPoint } from '../../model/measuring-point.ts';
import type { Extracted } from './extract.ts';

/** What the features' thread is started with. */
export interface FeatureWorkerData {
  readonly points: readonly MeasuringPoint[];
  readonly logDirectory: string;
  readonly logId: string;
  readonly logStart: number;
  readonly durable: number;
  /** Where to begin without a checkpoint: what came while the thread was starting is not yet behind it. */
  readonly from: number;
  /** Captures that lie further behind the end of the log than this are left out. */
  readonly maxLagBytes: number;
  /** Captures, by the ends of their records, that are left out because a thread hung or ended at them. */
  readonly givenUp: readonly number[];
  /** Where it keeps how far it is. */
  readonly checkpointFile: string;
}

/** From the service to the thread. */
export type ToFeatures =
  | { readonly kind: 'durable'; readonly position: number }
  /** What was told last is durable, or given up. */
  | { readonly kind: 'appended' }
  | { readonly kind: 'stop' };

/** From the thread to the service. */
export type FromFeatures =
  /** The capture whose record ends here is looked at now; what is told next says that it was. */
  | { readonly kind: 'began'; readonly end: number }
  | { readonly kind: 'extracted'; readonly extracted: readonly Extracted[] }
  | { readonly kind: 'progress'; readonly position: number }
  /** Everything before this position may be forgotten by the log. */
  | { readonly kind: 'checkpointed'; readonly position: number }
  /** It has let go of everything, and ends. */
  | { readonly kind: 'stopped' };
