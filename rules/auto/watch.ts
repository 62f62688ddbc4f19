import { clip } from '../math/robust.ts';
import { learn } from './learn.ts';
import { type Model, SCALES, TUNING } from './model.ts';
import { adjustResiduals } from './residual.ts';

/** All that `auto` knows of the channels it watches; plain data. */
export interface WatchState {
  /** Rows kept to learn from while it learns, else `null`. A missing value is `null`. */
  learning: (number | null)[][] | null;
  model: Model | null;
  isAlarm: boolean;
  /** Readings in a row on the other side of the limit. */
  turning: number;
  /** Readings since the alarm began. */
  alarmReadings: number;
}

/** What one reading of all channels means. */
export type Watched =
  | { readonly state: 'learning' /** Readings it still needs. */; readonly missing: number }
  | {
      readonly state: 'watching';
      /** The farthest residual as a share of its limit: 1 is on the limit. */
      readonly ratio: number;
      readonly isAlarm: boolean;
      /** An alarm begins with this reading. */
      readonly isOnset: boolean;
      /** Index of the channel that is farthest out, and of the scale in `SCALES`. */
      readonly channel: number;
      readonly scale: number;
    };

/** A watch that knows nothing yet. */
export function startWatch(): WatchState {
  return { learning: [], model: null, isAlarm: false, turning: 0, alarmReadings: 0 };
}

/** Takes in one reading of all channels. `learnReadings`: how many lead-in readings may be taken for normal. */
export function watch(state: WatchState, inputs: Float64Array, learnReadings: number): Watched {
  const needed = Math.max(learnReadings, TUNING.leastReadings);
  if (state.learning !== null || state.model === null) return keepLearning(state, inputs, needed);
  const model = state.model;
  const farthest = advance(model, inputs, state.isAlarm);
  const wasAlarm = state.isAlarm;
  decide(state, farthest.ratio);
  state.alarmReadings = state.isAlarm ? state.alarmReadings + 1 : 0;
  if (state.alarmReadings > TUNING.acceptAfter * model.readings) Object.assign(state, startWatch());
  return { state: 'watching', ...farthest, isAlarm: state.isAlarm, isOnset: state.isAlarm && !wasAlarm };
}

function keepLearning(state: WatchState, inputs: Float64Array, needed: number): Watched {
  const rows = state.learning ?? [];
  state.learning = rows;
  rows.push(Array.from(inputs, (value) => (Number.isNaN(value) ? null : value)));
  if (rows.length >= needed) {
    state.model = learn(rows.map((row) => Float64Array.from(row, (value) => value ?? Number.NaN)));
    state.learning = null;
  }
  return { state: 'learning', missing: needed - rows.length };
}

/** Moves every chart on by one reading and finds the one that is farthest out. */
function advance(model: Model, inputs: Float64Array, isAlarm: boolean) {
  const channels = model.centre.length;
  const into = { deviation: new Float64Array(channels), residual: new Float64Array(channels) };
  adjustResiduals(model, inputs, into);
  const rest = into.residual;
  for (let i = 0; i < channels; i++) rest[i]! -= model.level[i]!;
  const ratios = new Float64Array(channels);
  const farthest = { ratio: 0, channel: 0, scale: 0 };
  for (let k = 0; k < SCALES.length; k++) {
    const far = smooth(model, k, rest, ratios);
    if (far.ratio > farthest.ratio) Object.assign(farthest, far, { scale: k });
  }
  for (let i = 0; i < channels; i++) {
    const ratio = ratios[i]!;
    if (model.wanders[i]) model.level[i]! += rest[i]! / model.memory[i]!;
    else if (ratio < TUNING.gate) model.level[i]! += ((1 - ratio / TUNING.gate) * clip(rest[i]!, 3)) / model.memory[i]!;
    if (!isAlarm && ratio < 1) learnOn(model, i);
  }
  return farthest;
}

/**
 * Smooths the residuals at one scale, raises `ratios` to the share of the limit that each channel has reached, and says
 * which is farthest. All are held back together, so that the one that is at fault stays the farthest.
 */
function smooth(model: Model, k: number, rest: Float64Array, ratios: Float64Array): { ratio: number; channel: number } {
  const smoothed = model.smoothed[k]!;
  const sigma = model.sigma[k]!;
  const far = { ratio: 0, channel: 0 };
  for (let i = 0; i < rest.length; i++) {
    smoothed[i]! += (rest[i]! - smoothed[i]!) / SCALES[k]!;
    const limit = TUNING.limit * (model.wanders[i] ? TUNING.wanderingLimit : 1);
    const ratio = Math.abs(smoothed[i]!) / (limit * sigma[i]!);
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

/** Lets the widths follow what is still normal, a step of at most 3 σ at a time. */
function learnOn(model: Model, channel: number): void {
  for (const [k, scale] of SCALES.entries()) {
    const sigma = model.sigma[k]!;
    const share = clip(model.smoothed[k]![channel]! / sigma[channel]!, 3);
    const memory = TUNING.widthMemory * model.readings * Math.max(1, scale / 16);
    sigma[channel]! *= Math.exp((share * share - 1) / (2 * memory));
  }
}

function decide(state: WatchState, ratio: number): void {
  const turns = state.isAlarm ? ratio < TUNING.release : ratio > 1;
  state.turning = turns ? state.turning + 1 : 0;
  if (state.turning < TUNING.hold) return;
  state.isAlarm = !state.isAlarm;
  state.turning = 0;
}
