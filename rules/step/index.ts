import { type Static, Type } from 'typebox';
import { type Detector, duration, type EpochMs, type Subject, sayDuration, type Verdict } from '../detector.ts';
import { resolutionOf } from '../math/resolution.ts';
import { median, plainScale, robustScale } from '../math/robust.ts';
import { minSigma } from '../min-sigma.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { NORMAL, UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    readings: Type.Integer({
      minimum: 8,
      maximum: 18,
      default: 15,
      description: 'Readings of each of the two windows that are compared.',
    }),
    deviations: Type.Number({
      minimum: 3,
      default: 6,
      description: 'A shift of the level by more than this many robust standard deviations is a step.',
    }),
    minSigma: minSigma('robust standard deviation'),
    hold: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        default: '1h',
        description: 'How long a step is told when the level does not come back; after that the new level is normal.',
      }),
    ),
    gap: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        default: '5m',
        description: 'A longer hole between two readings starts the comparison again.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;

/** `window`: the last readings, oldest first, at most twice `readings`, tag unit. `step`: what is told, `null` when nothing is. */
interface State {
  window: number[];
  last: EpochMs;
  step: Step | null;
}

/** Levels before and after, and what their difference would have to exceed, tag unit; when it was seen. */
interface Step {
  readonly before: number;
  readonly after: number;
  readonly width: number;
  readonly at: EpochMs;
}

/** Noise of the two windows that differs by more than this factor is the machine's doing and not a jump of the instrument. */
const MOST_NOISE_RATIO = 3;

/** At least this part of the shift must happen between two readings: a machine takes longer, an instrument does not. */
const SUDDEN = 0.7;

/**
 * A level that jumps from one reading to the next while the noise stays as it was: a sensor that was knocked, exchanged or scaled anew.
 * Two windows of `readings` each, one right after the other, are compared: abnormal when their medians differ by more than
 * `deviations` robust standard deviations, at least 70 % of that happened between two readings, and neither window has more than three
 * times the noise of the other. It is told until the level is back by half, for `hold` at most. The delay is one
 * window. Unknown while the windows fill, and, while `minSigma` is 0, where a signal jumps whose readings mostly repeat the one before. The
 * state has at most 40 values.
 * Source: the change in level of G. E. P. Box & G. C. Tiao, Biometrika 52, 1965, with medians and median absolute deviations (F. R. Hampel,
 * J. Am. Stat. Assoc. 69(346), 1974) for means and standard deviations.
 * It is wrong where the machine changes its level between two readings (a switch, a set point, slow sampling): use `when`, and
 * not on what is switched. A slow drift is no step: `ewma`.
 */
export const step: Detector<typeof Config, State> = {
  kind: 'step',
  about: 'instrument',
  config: Config,

  init: () => ({ window: [], last: 0, step: null }),

  step(state, at, inputs, config, subject) {
    const value = inputs[0]!;
    if (!Number.isFinite(value)) return UNKNOWN;
    if (at - state.last > config.gap) state.window = [];
    state.last = at;
    state.window.push(value);
    if (state.window.length > 2 * config.readings) state.window.shift();
    if (state.step !== null && isBack(state.step, state.window, config)) {
      Object.assign(state, { step: null, window: [] }); // else the way back would be the next step
      return NORMAL;
    }
    if (state.step !== null && at - state.step.at < config.hold) return find(state.step, value, at, subject);
    state.step = null;
    if (state.window.length < 2 * config.readings) return UNKNOWN;
    return compare(state, at, value, { config, subject });
  },
};

function compare(
  state: State,
  at: EpochMs,
  value: number,
  { config, subject }: { readonly config: Config; readonly subject: Subject },
): Verdict {
  const earlier = state.window.slice(0, config.readings);
  const later = state.window.slice(config.readings);
  const between = later[0]! - earlier.at(-1)!;
  if (isSurelyNoStep(earlier, later, config)) return NORMAL;
  if (config.minSigma === 0 && isHeld(state.window)) return UNKNOWN;
  const [old, fresh] = [robustScale(earlier), robustScale(later)];
  const floor = Math.max(config.minSigma, Math.max(resolutionOf(earlier), resolutionOf(later)));
  const quiet = Math.max(floor, Math.min(old.width, fresh.width));
  const loud = Math.max(floor, old.width, fresh.width);
  if (loud === 0) return UNKNOWN;
  const width = config.deviations * loud;
  const shift = fresh.centre - old.centre;
  const isSudden = Math.abs(between) >= SUDDEN * Math.abs(shift) && between * shift > 0;
  if (Math.abs(shift) > width && isSudden && loud <= MOST_NOISE_RATIO * quiet) {
    state.step = { before: old.centre, after: fresh.centre, width, at };
    return find(state.step, value, at, subject);
  }
  return NORMAL;
}

/** Whether most readings only repeat the one before: a still sensor, or a value held between two analyses, which always jumps. */
function isHeld(window: readonly number[]): boolean {
  const repeats = window.filter((value, i) => value === window[i - 1]).length;
  return repeats > window.length / 2;
}

/**
 * Spares most readings the sorting: a robust width is not below half the standard deviation, so a sudden shift of `deviations` of
 * them has a difference between its two readings that is larger than this.
 */
function isSurelyNoStep(earlier: readonly number[], later: readonly number[], { deviations }: Config): boolean {
  const deviation = Math.max(plainScale(earlier).deviation, plainScale(later).deviation);
  return Math.abs(later[0]! - earlier.at(-1)!) < (SUDDEN * deviations * deviation) / 2;
}

/** Whether the level of the last window is nearer to where it came from than to where it went. */
function isBack({ before, after }: Step, window: readonly number[], { readings }: Config): boolean {
  const level = median(window.slice(-readings));
  return Math.abs(level - before) < Math.abs(level - after);
}

function find({ before, after, width, at: since }: Step, value: number, at: EpochMs, { tag, unit }: Subject): Verdict {
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const ago = at > since ? ` ${sayDuration(at - since)} ago` : '';
  const explanation = `${tag} jumped from ${said(before)} to ${said(after)}${ago} and its noise stayed the same: check the sensor, its mounting and its scale`;
  const shift = Math.abs(after - before);
  const limit = after > before ? before + width : before - width;
  return { state: 'abnormal', score: shift / (shift + width), finding: { value, limit, explanation } };
}
