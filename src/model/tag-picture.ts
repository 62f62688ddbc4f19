import type { Level } from './alert.ts';
import type { EpochMs } from './reading.ts';

/** A limit that a detector watches on a tag, tag unit. */
export interface DrawnLimit {
  /** `null`: it has no name. */
  readonly level: Level | null;
  readonly value: number;
  /** Where the limit is left again once it was exceeded: its deadband lies between. */
  readonly leftAt: number;
}

/** A stretch of values that has a name, tag unit; an end that is `null` is open. */
export interface DrawnZone {
  readonly name: string;
  readonly from: number | null;
  readonly to: number | null;
}

/** What a detector judges at one time, and what it takes for normal then, tag unit. */
export interface DrawnNormal {
  /** What is held against the band: a mean or a smoothed value, not always the reading itself. */
  readonly value: number;
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

/** A line that is drawn on until it reaches a limit, tag unit. */
export interface DrawnForecast {
  /** Where the line begins and where it is now. */
  readonly from: { readonly at: EpochMs; readonly value: number };
  readonly now: { readonly at: EpochMs; readonly value: number };
  readonly limit: number;
  /** By these times the limit is reached in 10, 50 and 90 % of such cases. */
  readonly p10At: EpochMs;
  readonly p50At: EpochMs;
  readonly p90At: EpochMs;
}

/** What a detector sees on one tag, made of its own settings and memory, so that a chart shows what it was judged by. */
export interface DetectorPicture {
  /** `not drawn`: the detector works, but has nothing that lies on the chart of this tag. */
  readonly state: 'watching' | 'learning' | 'not drawn';
  /** One sentence a technician would say. */
  readonly says: string;
  readonly limits: readonly DrawnLimit[];
  readonly zones: readonly DrawnZone[];
  /** What it takes for normal whatever the time; `null` when that is not learnt, or when it follows from other tags. */
  readonly normal: DrawnNormal | null;
  /** What it takes for normal at a time when its inputs have these values, in its own order of inputs; `null` inside: it can't say. */
  readonly normalAt: ((inputs: Float64Array, at: EpochMs) => DrawnNormal | null) | null;
  /** Readings are judged by their mean over this time, ms; 0: each by itself. */
  readonly everyMs: number;
  readonly forecast: DrawnForecast | null;
}
