import type { Lags } from './lag.ts';
import type { Levels } from './levels.ts';
import type { Side } from './sides.ts';
import type { Steps } from './steps.ts';

/**
 * What `auto` has learnt of a machine. Every list has one number for each channel unless said otherwise. Deviations are
 * in units of the channel's learnt width: "3 σ".
 */
export interface Model {
  /** Middle of the channel in the learning time, tag unit. */
  readonly centre: number[];
  /** Width (standard deviation) of the channel, tag unit; 0: it did not move while it was learnt and is not judged. */
  readonly width: number[];
  /**
   * Rows turn the deviations of all channels into what is left of each after the others have explained what they can
   * (rows of the inverse correlation, scaled to unit variance).
   */
  readonly adjust: number[][];
  /** Readings in which the level follows: the learnt number for a steady channel, few for one that wanders. */
  readonly memory: number[];
  /** The channel wanders (a temperature of the weather): its level is followed and only its leaps count. */
  readonly wanders: boolean[];
  /** Present level of the residual. */
  readonly level: number[];
  /** By scale: the residual smoothed over `SCALES[k]` readings. */
  readonly smoothed: number[][];
  /** By scale: standard deviation of the smoothed residual on data that was not used to learn. */
  readonly sigma: number[][];
  /** Sudden shifts; absent of a lone channel and in a state of an earlier version. */
  readonly steps?: Steps;
  /** How far the levels of channels that wander went; absent of a lone channel and in a state of an earlier version. */
  readonly levels?: Levels;
  /** What follows the tags of `given` slowly; absent when nothing does, and in a state of an earlier version. */
  readonly lags?: Lags;
  /** The channel comes to nothing when the machine stops, and not else; absent in a state of an earlier version. */
  readonly halts?: boolean[];
  /** What of each channel counts; absent in a state of an earlier version: either side of all. */
  readonly sides?: readonly Side[];
  /** Least distance from normal that counts, tag unit; absent in a state of an earlier version. */
  readonly least?: readonly number[];
  /** Readings it was learnt from. */
  readonly readings: number;
  /** Limit in standard deviations of the smoothed residual. */
  readonly limit: number;
}

/** Readings over which residuals are smoothed: leaps, shifts, creeping. A factor of 4 loses < 10 % of the power between. */
export const SCALES = [4, 16, 64] as const;

/** Everything that tunes `auto`: the same for every machine, with what each is good for (docs/detection.md has the curves). */
export const TUNING = {
  /** Fewest readings to learn from. */
  leastReadings: 360,
  /** Limits of channels that have others to be compared with, and of a lone one, in standard deviations, never less. */
  leastLimit: 5.5,
  leastLoneLimit: 4.5,
  /** False alarms a week that a channel of normal noise may give: the more readings a week, the farther the limit. */
  weeklyFalseAlarms: 0.01,
  /** The limit of a channel that wanders is this many times as wide, among others and alone. */
  wanderingLimit: 3,
  loneWanderingLimit: 1.2,
  /**
   * A level that is followed may go this much farther than the limit says: what is known of it are the means of eight blocks that hang
   * together (Student's t with 4 degrees of freedom instead of the normal distribution, at 0.01 false alarms a week of ten channels).
   */
  levelLimit: 2,
  /** A channel whose Allan deviation grows faster than this exponent wanders. */
  wanderExponent: 0.15,
  /** Shortest memory of a channel that wanders, readings. */
  shortestMemory: 32,
  /** Correlations are pulled towards 0 by this many times channels / readings: the fewer readings, the less they are believed. */
  shrink: 1,
  /** Parts the learning time is cut into: each is judged by what the others taught. */
  folds: 8,
  /** A channel of which only a rise counts has fallen below this many standard deviations of its smoothed residual. */
  fallen: 3,
  /** A deviation counts no more than this many widths. */
  mostWidths: 20,
  /** A smoothed residual is held within this many limits, so that it comes back soon. */
  saturation: 1.2,
  /** The level stops following at this share of the limit: a fault must not become normal. */
  gate: 0.7,
  /**
   * Widths are not learnt on while the slowest chart is beyond this share of its limit: a slow fault must not make its own limit wider. At half
   * a healthy transformer has seven alarms instead of one, at 0.7 a gearbox that overheats in eight days is missed (docs/detection.md).
   */
  widthGate: 0.6,
  /**
   * What is nearer to normal than this share of the range of its instrument says nothing: no instrument of a plant is more accurate (class 0.25
   * of EN 837-1), and where the other tags explain nearly all a load that was not seen yet is off by as much.
   */
  leastSpan: 0.0025,
  /** An alarm ends below this share of the limit. */
  release: 0.7,
  /** Readings beyond (below) the limit that make (end) an alarm; a lone channel alarms with the first. */
  hold: 5,
  loneHold: 1,
  /** Readings whose mean is compared with the mean of those before, over how many these are smoothed, and how many a shift lasts that makes an alarm. */
  stepReadings: 16,
  stepMemory: 64,
  stepHold: 8,
  /** A shift that stays becomes normal within this many learning times. */
  stepAccept: 4,
  /** After an alarm that was shorter than a quarter of the learning time the limit becomes at most this much wider. */
  widen: 1.2,
  /** The end of an alarm that lasted this many readings is a change as well. */
  lasting: 32,
  /** Widths are learnt on with this many times the memory of the levels. */
  widthMemory: 2,
  /** An alarm of this many learning times is the new normal: it is learnt anew. */
  acceptAfter: 2,
  /**
   * A machine stands when its channels are below the first share of their middle; a channel that is between the two in more than the
   * third share of the readings says nothing of it.
   */
  standingShare: 0.25,
  runningShare: 0.5,
  betweenShare: 0.01,
  /** A start takes at most this many readings, the memory of the slowest chart. */
  longestStart: 64,
  /** It is over as well when in so many readings the farthest channel has not come to less than this share of how near it was. */
  stuckStart: 16,
  nearer: 0.9,
  /** What is cold counts in a start with up to this many widths: held at `mostWidths` it would seem to come no nearer. */
  mostStartWidths: 1_000,
};

/** How far the smoothed residual of a channel may be away at one of `SCALES`. */
export function boundIn(model: Model, k: number, channel: number): number {
  return Math.max(limitIn(model, channel) * model.sigma[k]![channel]!, leastIn(model, channel));
}

/**
 * How far from normal a channel must be to count, as a residual; 0 where nobody said what its instrument measures. Never more than its own
 * width: a range that is far too wide hides no fault.
 */
export function leastIn({ least, adjust, width }: Model, channel: number): number {
  const own = width[channel]!;
  return own === 0 ? 0 : (Math.min(least?.[channel] ?? 0, own) * adjust[channel]![channel]!) / own;
}

/** How many standard deviations of its smoothed residual a channel may be away. */
export function limitIn({ centre, limit, wanders }: Model, channel: number): number {
  if (!wanders[channel]) return limit;
  return limit * (centre.length > 1 ? TUNING.wanderingLimit : TUNING.loneWanderingLimit);
}
