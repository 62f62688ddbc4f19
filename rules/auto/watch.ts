import type { EpochMs, Subject } from '../detector.ts';
import { clip } from '../math/robust.ts';
import { stopLags, takeOffLags } from './lag.ts';
import { type Fit, fitPiece, startFit } from './learn.ts';
import { advanceLevels } from './levels.ts';
import { boundIn, leastIn, limitIn, type Model, SCALES, TUNING } from './model.ts';
import { adjustResiduals } from './residual.ts';
import { awayOf, extrapolation, leaveOutFallen, sidesOf } from './sides.ts';
import { awaitStart, isStarting, type Start, settle, stands } from './standing.ts';
import { advanceSteps, type StepSeen } from './steps.ts';

/** All that `auto` knows of the channels it watches; plain data. */
export interface WatchState {
  /**
   * Rows kept to learn from while it learns, else `null`: each value as its distance from `origin`, to five digits. A missing
   * value is `null`.
   */
  learning: (number | null)[][] | null;
  /** By channel, the first value that came; `null` until one has. */
  origin: (number | null)[];
  /** When the first row came. */
  learnsSince: EpochMs;
  /** How long after the one before it each row came, s, and how many rows in a run did; absent when no tag is given, and in a state of an earlier version. */
  gaps?: [seconds: number, rows: number][];
  /** When the newest row came. */
  newest?: EpochMs;
  /** The model in the making, once enough rows are kept. */
  fit: Fit | null;
  model: Model | null;
  isAlarm: boolean;
  /** Readings in a row on the other side of the limit. */
  turning: number;
  /** Readings in a row with a shift beyond its limit; absent in a state of an earlier version. */
  shifting?: number;
  /** Since the machine stood last; absent when it has not. */
  start?: Start;
  /** Readings since the alarm began. */
  alarmReadings: number;
  /** By channel, the farthest it was in this alarm as a share of its limit. */
  peak: number[];
}

/** Which chart says something: an index in `SCALES`, that of shifts, or that of levels that are followed. */
export type Chart = number | 'step' | 'level';

/** What one reading of all channels means. */
export type Watched =
  | { readonly state: 'learning' /** Readings it still needs. */; readonly missing: number }
  | { readonly state: 'standing' /** Or starting: nothing that was learnt says what is normal. */ }
  | {
      readonly state: 'watching';
      /** The farthest residual as a share of its limit: 1 is on the limit. */
      readonly ratio: number;
      readonly isAlarm: boolean;
      /** With this reading a channel shifts, an alarm begins, or one that lasted ends. */
      readonly isChange: boolean;
      readonly isOnset: boolean;
      /** Index of the channel that is farthest out. */
      readonly channel: number;
      readonly scale: Chart;
      /** By channel, how far it is as a share of its limit, by the charts of the kind that says so. */
      readonly ratios: Float64Array;
      /** The reading without what follows the tags of `given` slowly. */
      readonly settled: Float64Array;
    };

/** A watch that knows nothing yet. */
export function startWatch(): WatchState {
  return {
    learning: [],
    origin: [],
    learnsSince: 0,
    fit: null,
    model: null,
    isAlarm: false,
    turning: 0,
    shifting: 0,
    alarmReadings: 0,
    peak: [],
  };
}

/** What the leading readings are that may be taken for normal, and which channels there are. */
export interface Lesson {
  /** So many readings; at least `TUNING.leastReadings` are taken. */
  readonly learn: number;
  /** Or those that come within this time, when they are enough; `null`: however long it takes. */
  readonly withinMs: number | null;
  readonly subject: Subject;
}

/** Takes in one reading of all channels. */
export function watch(state: WatchState, at: EpochMs, inputs: Float64Array, lesson: Lesson): Watched {
  if (state.learning !== null || state.model === null) return keepLearning(state, at, inputs, lesson);
  const model = state.model;
  const isStanding = stands(model, inputs, lesson.subject);
  if (isStanding) state.start = awaitStart(state.start);
  if (isStanding && model.lags) stopLags(model.lags);
  if (isStanding) return { state: 'standing' };
  const settled = model.lags ? takeOffLags(model.lags, at, inputs) : inputs;
  if (state.start && isStarting(state.start, model, settled)) return { state: 'standing' };
  const { step, ...level } = advance(model, settled, state.isAlarm);
  if (state.start) settle(state.start, Math.max(level.ratio, step.ratio));
  // where both are out the level says it better: it has not followed the shift at all
  const isShifted = step.ratio > level.ratio && level.ratio <= 1;
  const { ratio, channel, ratios } = isShifted ? step : level;
  const wasAlarm = state.isAlarm;
  decide(state, level.ratio, step.ratio);
  const isOnset = state.isAlarm && !wasAlarm;
  const lasted = state.alarmReadings;
  const isEnd = wasAlarm && !state.isAlarm;
  if (isEnd && lasted < model.readings / 4) widen(model, state.peak);
  state.alarmReadings = state.isAlarm ? lasted + 1 : 0;
  if (state.isAlarm) state.peak = Array.from(level.ratios, (share, i) => Math.max(share, isOnset ? 0 : state.peak[i]!));
  if (state.alarmReadings > TUNING.acceptAfter * model.readings) Object.assign(state, startWatch());
  const isTurn = isOnset || (isEnd && lasted >= TUNING.lasting);
  const isChange = tellOnce(model, isTurn || step.isShift);
  const scale = isShifted ? 'step' : level.scale;
  return { state: 'watching', ratio, channel, scale, ratios, isAlarm: state.isAlarm, isOnset, isChange, settled };
}

/** Whether a change is to be told of: not when it is the one that was told of a moment ago. */
function tellOnce({ steps }: Model, isChange: boolean): boolean {
  if (!steps) return isChange;
  const isNew = isChange && steps.sinceChange >= TUNING.stepReadings;
  steps.sinceChange = isNew ? 0 : steps.sinceChange + 1;
  return isNew;
}

/** Of a value that is learnt from: more would only make the state larger. */
const DIGITS = 5;
/** Of the time from one row to the next: a lag is known no better, and rows of about the same distance make one run. */
const GAP_DIGITS = 2;

function keepLearning(
  state: WatchState,
  at: EpochMs,
  inputs: Float64Array,
  { learn, withinMs, subject }: Lesson,
): Watched {
  const needed = Math.max(learn, TUNING.leastReadings);
  const rows = state.learning ?? [];
  state.learning = rows;
  if (rows.length === 0) state.learnsSince = at;
  if (!state.fit) {
    rows.push(Array.from(inputs, (value, i) => distance(state.origin, i, value)));
    keepTime(state, at, subject);
  }
  const lastsMs = at - state.learnsSince;
  const isTimeUp = withinMs !== null && lastsMs >= withinMs && rows.length >= TUNING.leastReadings;
  if (rows.length >= needed || isTimeUp) {
    state.fit ??= startFit(sidesOf(subject, inputs.length), {
      intervalMs: lastsMs / Math.max(1, rows.length - 1),
      least: leastOf(subject, inputs.length),
    });
  }
  return { state: 'learning', missing: needed - rows.length };
}

/** Does one piece of the fit when there is one in the making: all at once would hold up the engine for a second. */
export function fitOn(state: WatchState): void {
  const { fit, learning, origin } = state;
  if (!fit || learning === null) return; // not there at all in a state of an earlier version
  const rows = learning.map((row) => Float64Array.from(row, (value, i) => (value ?? Number.NaN) + (origin[i] ?? 0)));
  const model = fitPiece(fit, rows, timesOf(state));
  if (model === null) return;
  delete state.gaps;
  delete state.newest;
  Object.assign(state, { model, learning: null, origin: [], fit: null } satisfies Partial<WatchState>);
}

/** Of a machine whose load is known, also when each row came: what follows the load slowly does so by the clock. */
function keepTime(state: WatchState, at: EpochMs, { inputs = [] }: Subject): void {
  if (!inputs.some(({ isGiven }) => isGiven)) return;
  const gapMs = state.newest === undefined ? 0 : at - state.newest;
  const seconds = Number((gapMs / 1000).toPrecision(GAP_DIGITS));
  state.newest = at;
  state.gaps ??= [];
  const run = state.gaps.at(-1);
  if (run?.[0] === seconds) run[1]++;
  else state.gaps.push([seconds, 1]);
}

/** When each row came; `null` when an earlier version kept some of them. */
function timesOf({ gaps, learning, learnsSince }: WatchState): EpochMs[] | null {
  const times: EpochMs[] = [];
  let at = learnsSince;
  for (const [seconds, rows] of gaps ?? []) {
    for (let row = 0; row < rows; row++) {
      at += 1000 * seconds;
      times.push(at);
    }
  }
  return times.length === learning?.length ? times : null;
}

/** Fits to the end at once, for who need not be quick with each reading. */
export function fitToEnd(state: WatchState): void {
  while (state.fit) fitOn(state);
}

/** By channel, the least distance from normal that counts, tag unit. */
function leastOf({ inputs = [] }: Subject, channels: number): number[] {
  return Array.from({ length: channels }, (_, i) => {
    const [low, high] = inputs[i]?.range ?? [0, 0];
    return TUNING.leastSpan * (high - low);
  });
}

function distance(origin: (number | null)[], channel: number, value: number): number | null {
  if (!Number.isFinite(value)) return null;
  const from = origin[channel] ?? value;
  origin[channel] = from;
  return Number((value - from).toPrecision(DIGITS));
}

/** A short alarm that ended by itself was mostly none: the limits of the channels that made it become wider, by little. */
function widen(model: Model, peak: readonly number[]): void {
  for (const sigma of [...model.sigma, model.levels?.spread ?? []]) {
    for (let i = 0; i < sigma.length; i++) if (peak[i]! > 1) sigma[i]! *= Math.min(peak[i]!, TUNING.widen);
  }
}

const NO_STEP: StepSeen = { ratios: new Float64Array(0), ratio: 0, channel: 0, isShift: false };

/** Moves every chart on by one reading and finds the one that is farthest out. */
function advance(model: Model, inputs: Float64Array, isAlarm: boolean) {
  const channels = model.centre.length;
  const into = { deviation: new Float64Array(channels), residual: new Float64Array(channels) };
  adjustResiduals(model, inputs, into);
  const rest = into.residual;
  leaveOutFallen(model, rest);
  const unsure = extrapolation(model.sides, into.deviation);
  for (let i = 0; i < channels; i++) rest[i]! /= unsure;
  const { steps, level, limit, readings } = model;
  const step = steps
    ? advanceSteps(steps, rest, {
        level,
        limit,
        readings,
        isAlarm,
        sides: model.sides,
        leastOf: (i) => leastIn(model, i),
      })
    : NO_STEP;
  const gone = advanceLevels(model, rest);
  for (let i = 0; i < channels; i++) rest[i]! -= model.level[i]!;
  const ratios = new Float64Array(channels);
  const farthest: { ratio: number; channel: number; scale: Chart } = { ratio: 0, channel: 0, scale: 0 };
  for (let k = 0; k < SCALES.length; k++) {
    const far = smooth(model, k, rest, ratios);
    if (far.ratio > farthest.ratio) Object.assign(farthest, far, { scale: k });
  }
  for (let i = 0; i < channels; i++) {
    if (gone[i]! > farthest.ratio) Object.assign(farthest, { ratio: gone[i], channel: i, scale: 'level' });
    if (gone[i]! > ratios[i]!) ratios[i] = gone[i]!;
    const ratio = ratios[i]!;
    if ((step.ratios[i] ?? 0) > TUNING.gate) continue; // what has just shifted is not followed
    if (model.wanders[i]) model.level[i]! += rest[i]! / model.memory[i]!;
    else if (ratio < TUNING.gate) model.level[i]! += ((1 - ratio / TUNING.gate) * clip(rest[i]!, 3)) / model.memory[i]!;
    if (!isAlarm && ratio < 1 && !isDrifting(model, i)) learnOn(model, i);
  }
  return { ...farthest, ratios, step };
}

/**
 * Smooths the residuals at one scale, raises `ratios` to the share of the limit that each channel has reached, and says
 * which is farthest. All are held back together, so that the one that is at fault stays the farthest.
 */
function smooth(model: Model, k: number, rest: Float64Array, ratios: Float64Array): { ratio: number; channel: number } {
  const smoothed = model.smoothed[k]!;
  const far = { ratio: 0, channel: 0 };
  for (let i = 0; i < rest.length; i++) {
    smoothed[i]! += (rest[i]! - smoothed[i]!) / SCALES[k]!;
    const bound = boundIn(model, k, i);
    const ratio = awayOf(model.sides, i, stillAway(model, i, smoothed[i]!)) / bound;
    if (ratio === 0) smoothed[i] = clip(smoothed[i]!, TUNING.saturation * bound); // what does not count holds nobody back
    if (ratio > ratios[i]!) ratios[i] = ratio;
    if (ratio > far.ratio) {
      far.ratio = ratio;
      far.channel = i;
    }
  }
  if (far.ratio > TUNING.saturation) {
    const held = TUNING.saturation / far.ratio;
    for (let i = 0; i < rest.length; i++) smoothed[i]! *= held;
  }
  return far;
}

/**
 * What of a smoothed residual says that the channel is away. What lags returns to the level that was learnt, 0: where it is nearer to that than to
 * where it was of late, it is on its way back from a fault, or from an instrument that lied.
 */
function stillAway({ lags, level }: Model, channel: number, smoothed: number): number {
  if (!lags?.of[channel]) return smoothed;
  const fromLearnt = smoothed + level[channel]!;
  return Math.abs(fromLearnt) < Math.abs(smoothed) ? fromLearnt : smoothed;
}

/** Whether a channel has been away to one side for so long that it may be a fault that grows. Of one that wanders the chart of levels says so. */
function isDrifting(model: Model, channel: number): boolean {
  if (model.wanders[channel]) return false;
  const slowest = SCALES.length - 1;
  const away = awayOf(model.sides, channel, model.smoothed[slowest]![channel]!);
  return away > TUNING.widthGate * boundIn(model, slowest, channel);
}

/** Lets the widths follow what is still normal, a step of at most 3 σ at a time. */
function learnOn(model: Model, channel: number): void {
  for (const [k, scale] of SCALES.entries()) {
    const sigma = model.sigma[k]!;
    const away = model.smoothed[k]![channel]! / sigma[channel]!;
    if (Math.abs(away) > limitIn(model, channel)) continue; // to a side that does not count
    const share = clip(away, 3);
    const memory = TUNING.widthMemory * model.readings * Math.max(1, scale / 16);
    sigma[channel]! *= Math.exp((share * share - 1) / (2 * memory));
  }
}

function decide(state: WatchState, level: number, step: number): void {
  const isLone = state.model?.centre.length === 1;
  const hold = isLone ? TUNING.loneHold : TUNING.hold;
  const turns = state.isAlarm ? Math.max(level, step) < TUNING.release : level > 1;
  state.turning = turns ? state.turning + 1 : 0;
  state.shifting = step > 1 ? (state.shifting ?? 0) + 1 : 0;
  if (state.turning < hold && (state.isAlarm || state.shifting < TUNING.stepHold)) return;
  state.isAlarm = !state.isAlarm;
  state.turning = 0;
}
