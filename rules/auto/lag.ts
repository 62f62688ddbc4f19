import type { EpochMs } from '../detector.ts';
import { median } from '../math/robust.ts';

/**
 * How a channel follows the tags that explain it: it moves towards `weights[0] + Σ weights[1 + j] · given[j]` with one time constant, as
 * the temperature of a winding, a bearing or a tank of oil does (first-order thermal model; IEC 60076-7:2018 §8, IEC 60255-149).
 */
export interface Lag {
  readonly lagMs: number;
  /** Tag unit; per unit of each tag that explains. */
  readonly weights: number[];
}

/** The channels that lag behind what explains them, and where each should be by now; plain data, lists by channel. */
export interface Lags {
  /** The channels that explain. */
  readonly given: number[];
  /** `null`: it follows at once, or not at all. */
  readonly of: (Lag | null)[];
  /** Middle of the channel in the learning time, tag unit: what stands for "where it should be" in the charts. */
  readonly middle: number[];
  /** After so long without a reading nobody knows what happened meanwhile. */
  readonly holeMs: number;
  /** Of the newest reading; `null` before the first and after a stop. */
  at: EpochMs | null;
  /** Where it should be, tag unit; `null` until it has begun. */
  readonly expected: (number | null)[];
  /** Its first values after a hole. */
  readonly begun: number[][];
}

/** A channel begins where the middle of so many first values is: one wild reading at a start would be believed for hours. */
export const FIRST_VALUES = 3;

/** So many usual distances between readings are a hole. */
export const HOLE = 2.5;

/** Lags that have not begun; `usualMs`: from one reading to the next. */
export function startLags({
  usualMs,
  ...learnt
}: Pick<Lags, 'given' | 'of' | 'middle'> & { readonly usualMs: number }): Lags {
  return {
    ...learnt,
    holeMs: HOLE * usualMs,
    at: null,
    expected: learnt.of.map(() => null),
    begun: learnt.of.map(() => []),
  };
}

/** The same lags, not begun, for readings that are `usualMs` apart: those of a chart are as far from each other as its width asks for. */
export function startAgain(lags: Lags, usualMs: number): Lags {
  const holeMs = Math.max(lags.holeMs, HOLE * usualMs);
  const again = { ...lags, holeMs, expected: [...lags.expected], begun: [...lags.begun] };
  stopLags(again);
  return again;
}

/** Forgets where the channels were: after a stop they begin from what they then have. */
export function stopLags(lags: Lags): void {
  lags.at = null;
  for (let i = 0; i < lags.of.length; i++) {
    lags.expected[i] = null;
    lags.begun[i] = [];
  }
}

/**
 * Moves the lags on by one reading and gives the row with what they explain taken off: a channel that is where its load and its own
 * start have brought it has its middle. NaN, a value that is missing, until it has begun and while a tag that explains is not there.
 */
export function takeOffLags(lags: Lags, at: EpochMs, inputs: Float64Array): Float64Array {
  if (lags.at !== null && at - lags.at > lags.holeMs) stopLags(lags);
  const isExplained = lags.given.every((channel) => Number.isFinite(inputs[channel]!));
  const passedMs = lags.at === null ? 0 : at - lags.at;
  if (isExplained) lags.at = at;
  const row = Float64Array.from(inputs);
  for (const [i, lag] of lags.of.entries()) {
    if (lag === null) continue;
    if (isExplained) moveOn(lags, i, { lag, inputs, passedMs });
    const expected = lags.expected[i];
    row[i] = isExplained && expected != null ? inputs[i]! - expected + lags.middle[i]! : Number.NaN;
  }
  return row;
}

/** What the lag of a channel has taken off its row of late, tag unit. */
export function offsetOf(lags: Lags | undefined, channel: number): number {
  const expected = lags?.expected[channel];
  return lags && expected != null ? expected - lags.middle[channel]! : 0;
}

function moveOn(
  { given, expected, begun }: Lags,
  channel: number,
  { lag, inputs, passedMs }: { readonly lag: Lag; readonly inputs: Float64Array; readonly passedMs: number },
): void {
  let before = expected[channel] ?? null;
  if (before === null) {
    const first = begun[channel]!;
    if (Number.isFinite(inputs[channel]!)) first.push(inputs[channel]!);
    if (first.length < FIRST_VALUES) return;
    before = median(first); // of what warms up the one before this
    begun[channel] = [];
  }
  let target = lag.weights[0]!;
  for (const [j, from] of given.entries()) target += lag.weights[1 + j]! * inputs[from]!;
  expected[channel] = target + (before - target) * Math.exp(-passedMs / lag.lagMs);
}
