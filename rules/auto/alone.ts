import type { EpochMs } from '../detector.ts';
import { twoSidedQuantile } from '../math/normal-quantile.ts';
import { clip } from '../math/robust.ts';
import { TUNING } from './model.ts';
import { advanceSeason, believed, PATTERNS, type Pattern, patternsIn, type Season, startSeason } from './season.ts';
import { awayOf, type Side } from './sides.ts';
import type { Told } from './told.ts';

/** Readings over which a channel that is judged alone is smoothed: with no others to be compared with a single leap counts. */
export const LONE_SCALES = [1, 4, 16, 64] as const;

/** What tunes a channel that is judged alone, beside `TUNING`; docs/detection.md has the curves. */
const LONE = {
  /** What came and went by itself is known: only what goes this many times as far is told. */
  beyondKnown: 1.2,
  /** In a learning time the distance that is known shrinks by this exponent. */
  forget: 0.15,
  /** An excursion is over below this many standard deviations. */
  over: 1,
  /** A smoothed distance is held within this many limits, so that it comes back soon. */
  saturation: 2,
  /** A distance counts no more than this many widths; in what a chart strays no more than so many of its standard deviations. */
  mostWidths: 30,
  mostSpread: 4,
  /** No chart is taken to stray by less than this share of the width. */
  leastSpread: 0.1,
  /** Readings after which a chart judges and knows excursions. */
  settled: 100,
  /** The level follows a reading by no more than this many widths. */
  mostMove: 3,
} as const;

/** All that is known of a channel that is judged alone; plain data, tag unit. */
export interface Alone {
  /** Readings so far, and the time of the first. */
  readings: number;
  since: EpochMs;
  /** Readings it learnt from; 0: it still learns. */
  learnt: number;
  /** In standard deviations, at least. */
  limit: number;
  level: number;
  readonly season: Season;
  /** By `PATTERNS`. */
  readonly charts: readonly Charts[];
  isAlarm: boolean;
  alarmReadings: number;
  /** The first readings, until they say where it begins (`beginAlone`); absent from then on. */
  first?: number[];
  /** The last alarms, oldest first; absent of what an earlier version has learnt. */
  told?: Told[];
}

/** Distances from one pattern; lists by `LONE_SCALES`. */
interface Charts {
  /** Readings there was a pattern for. */
  readings: number;
  readonly smoothed: number[];
  /** Mean square of `smoothed`. */
  readonly variance: number[];
  /** How far excursions went that came back, and the present one so far; standard deviations. */
  readonly known: number[];
  readonly present: number[];
  /** Indices of `present` that are of a fault, and will not be known; absent: none is. */
  ofFault?: number[];
}

/** Where the channel is beside what is normal for it, tag unit. */
export interface AloneSeen {
  readonly pattern: Pattern;
  readonly expected: number;
  /** Index in `LONE_SCALES` of the chart that is farthest out. */
  readonly scale: number;
  /** Half the width of what is normal for that chart, and the same in standard deviations. */
  readonly tolerance: number;
  readonly sigmas: number;
  /** How far it is as a share of its limit. */
  readonly ratio: number;
  readonly isHigh: boolean;
}

/** Nothing known yet. */
export function startAlone(): Alone {
  const zeros = () => LONE_SCALES.map(() => 0);
  return {
    readings: 0,
    since: 0,
    learnt: 0,
    limit: TUNING.leastLoneLimit,
    level: 0,
    season: startSeason(),
    charts: PATTERNS.map(() => ({
      readings: 0,
      smoothed: zeros(),
      variance: zeros(),
      known: zeros(),
      present: zeros(),
    })),
    isAlarm: false,
    alarmReadings: 0,
    first: [],
    told: [],
  };
}

/**
 * Takes in one reading of a channel that is judged alone, against its level, its hour of the day or its hour of the week, whichever has
 * foretold it best. `learn`: readings it learns from, and its memory. While there is an alarm nothing is learnt but how far it goes.
 */
export function advanceAlone(
  alone: Alone,
  at: EpochMs,
  value: number,
  { learn, timezone, side }: { readonly learn: number; readonly timezone: string; readonly side: Side },
): AloneSeen {
  const { season, charts, isAlarm } = alone;
  alone.readings++;
  const width = widthOf(alone);
  const off = value - alone.level;
  const plausible = alone.level + held(alone, off, LONE.mostWidths * width);
  advanceSeason(season, at, plausible, { level: alone.level, width, timezone, learns: !isAlarm });
  const normal = patternsIn(season, season.hour, alone.level);
  for (const [p, centre] of normal.entries()) {
    if (centre !== null) smooth(charts[p]!, value - centre, { alone, width, learn });
  }
  const seen = farthest(alone, patternOf(alone, season.hour), { side, normal, width });
  for (const [p, centre] of normal.entries()) {
    if (centre !== null) rememberExcursions(charts[p]!, { alone, width, learn, side });
  }
  const share = alone.learnt === 0 ? 1 : Math.max(0, 1 - seen.ratio / TUNING.gate);
  alone.level += (share * held(alone, off, LONE.mostMove * width)) / Math.min(alone.readings, learn);
  return seen;
}

/** Ends the learning: from now on it is judged. `intervalMs`: time from one reading to the next. */
export function endLearning(alone: Alone, intervalMs: number): void {
  const readingsPerWeek = Math.max(1, WEEK_MS / Math.max(1, intervalMs));
  const budget = TUNING.weeklyFalseAlarms / (readingsPerWeek * LONE_SCALES.length);
  alone.learnt = alone.readings;
  alone.limit = Math.max(TUNING.leastLoneLimit, twoSidedQuantile(Math.min(0.05, budget)));
}

const WEEK_MS = 7 * 86_400_000;

/** The pattern it is judged by in an hour of the week. */
function patternOf({ season, charts }: Alone, hour: number): Pattern {
  const pattern = believed(season, hour);
  return charts[pattern]!.readings > LONE.settled ? pattern : 0;
}

/** How far the channel may be away in an hour of the week by one of its charts, tag unit. O(1). */
export function normalAlone(alone: Alone, hour: number, scale: number): { expected: number; tolerance: number } {
  const pattern = patternOf(alone, hour);
  const { limit, sigma } = limitOf(alone.charts[pattern]!, scale, { least: alone.limit, width: widthOf(alone) });
  return { expected: patternsIn(alone.season, hour, alone.level)[pattern] ?? alone.level, tolerance: limit * sigma };
}

function limitOf({ known, variance }: Charts, scale: number, { least, width }: { least: number; width: number }) {
  return {
    limit: Math.max(least, LONE.beyondKnown * known[scale]!),
    sigma: Math.max(Math.sqrt(variance[scale]!), LONE.leastSpread * width),
  };
}

/** What is left after a reading of a distance that is known, as a share. */
export function forgettingOf(learn: number): number {
  return 1 - LONE.forget / learn;
}

/** Whether it has not moved yet while it learns: there is no width to hold anything within. */
function isStill({ learnt, charts }: Alone): boolean {
  return learnt === 0 && charts[0]!.variance[0] === 0;
}

/** A distance within so much of nothing, once there is a width to say how much that is. */
function held(alone: Alone, distance: number, most: number): number {
  return isStill(alone) ? distance : clip(distance, most);
}

/** Standard deviation of single readings about the level, tag unit. */
function widthOf({ charts }: Alone): number {
  return Math.sqrt(charts[0]!.variance[0]!);
}

interface Smoothing {
  readonly alone: Alone;
  readonly width: number;
  readonly learn: number;
}

function smooth(each: Charts, distance: number, { alone, width }: Smoothing): void {
  const isSettled = ++each.readings > LONE.settled;
  const widths = isSettled ? LONE.mostWidths : LONE.mostSpread;
  const rest = held(alone, distance, widths * width);
  for (const [k, scale] of LONE_SCALES.entries()) {
    const { limit, sigma } = limitOf(each, k, { least: alone.limit, width });
    const smoothed = each.smoothed[k]! + (rest - each.smoothed[k]!) / scale;
    each.smoothed[k] = isSettled ? held(alone, smoothed, LONE.saturation * limit * sigma) : smoothed;
  }
}

function farthest(
  alone: Alone,
  pattern: Pattern,
  { side, normal, width }: { side: Side; normal: readonly (number | null)[]; width: number },
): AloneSeen {
  const each = alone.charts[pattern]!;
  const seen = { scale: 0, ratio: 0, tolerance: 0, sigmas: 0, isHigh: each.smoothed[0]! >= 0 };
  for (let k = 0; k < LONE_SCALES.length; k++) {
    const { limit, sigma } = limitOf(each, k, { least: alone.limit, width });
    const tolerance = limit * sigma;
    const ratio = tolerance === 0 ? 0 : awayOf([side], 0, each.smoothed[k]!) / tolerance;
    if (k > 0 && ratio <= seen.ratio) continue;
    Object.assign(seen, { scale: k, ratio, tolerance, sigmas: limit, isHigh: each.smoothed[k]! >= 0 });
  }
  return { ...seen, pattern, expected: normal[pattern] ?? alone.level };
}

/**
 * Learns what the charts stray, and how far what comes back by itself goes. An excursion is known only when it is over, and widths stand still
 * while the slowest chart is away: a slow fault would else push its own limit along.
 */
function rememberExcursions(each: Charts, { alone, width, learn, side }: Smoothing & { readonly side: Side }): void {
  const memory = Math.min(each.readings, TUNING.widthMemory * learn);
  const wasStill = isStill(alone); // the first square below ends it
  for (let k = 0; k < LONE_SCALES.length; k++) {
    const { limit, sigma } = limitOf(each, k, { least: alone.limit, width });
    const away = sigma === 0 ? 0 : awayOf([side], 0, each.smoothed[k]!) / sigma;
    const isDrifting = alone.learnt > 0 && k === LONE_SCALES.length - 1 && away > TUNING.widthGate * limit;
    const square = each.smoothed[k]! ** 2;
    const counted = wasStill ? square : Math.min(square, (LONE.mostSpread * sigma) ** 2);
    if (!alone.isAlarm && !isDrifting) each.variance[k]! += (counted - each.variance[k]!) / memory;
    each.known[k]! *= forgettingOf(learn);
    if (each.readings <= LONE.settled || sigma === 0) continue;
    each.present[k] = Math.max(each.present[k]!, away);
    if (away >= LONE.over) continue;
    if (each.ofFault?.includes(k)) each.ofFault = each.ofFault.filter((going) => going !== k);
    else each.known[k] = Math.max(each.known[k]!, each.present[k]!);
    each.present[k] = 0;
  }
}
