import { type Static, Type } from 'typebox';
import { type Blocks, completed, EVERY, startBlocks } from '../blocks.ts';
import { type Detector, duration, type EpochMs, type Subject, sayDuration, type Verdict } from '../detector.ts';
import { deviationOf, learn, type Moments, startMoments } from '../math/moments.ts';
import { minSigma } from '../min-sigma.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    tolerance: Type.Number({
      exclusiveMinimum: 0,
      default: 0.5,
      description: 'Shifts of the mean below this are let pass, in learnt standard deviations.',
    }),
    threshold: Type.Number({
      minimum: 2,
      default: 15,
      description: 'How far the sum of what is beyond must rise above its lowest, in learnt standard deviations.',
    }),
    minSigma: minSigma('learnt standard deviation'),
    learn: Type.Integer({
      minimum: 20,
      default: 100,
      description: 'Values to learn the scatter and the first mean from.',
    }),
    hold: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        default: '1d',
        description: 'How long a change is told; after that it learns the new level.',
      }),
    ),
    every: EVERY,
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;
/** Its settings. */
export type PageHinkleyConfig = Config;

/** One direction: the sum above its lowest value, learnt deviations; the values since that, tag unit, and its time. */
interface Side {
  rise: number;
  total: number;
  count: number;
  onset: EpochMs;
}

/** `level`: all values since it began anew. `change`: what is told, `null` when nothing is. */
interface State {
  readonly blocks: Blocks;
  level: Moments;
  sigma: number;
  up: Side;
  down: Side;
  change: { readonly from: number; readonly to: number; readonly onset: EpochMs; readonly told: EpochMs } | null;
  last: Verdict;
}
/** Its memory. */
export type PageHinkleyState = State;

/**
 * Page-Hinkley test: when did the mean of a tag change, without a learnt normal that must hold for ever? The sum of what
 * each value is beyond the mean of all so far, less a tolerance, is compared with its lowest; where it was lowest is the
 * onset. Both directions. After `hold` the new level is learnt.
 * Sources: E. S. Page, Biometrika 41, 1954; D. V. Hinkley, Biometrika 58(3), 1971 (onset).
 * It is wrong on what wanders, has seasons or follows the load: every one of these changes its mean.
 */
export const pageHinkley: Detector<typeof Config, State> = {
  kind: 'page-hinkley',
  about: 'machine',
  keepsLearnt: true,
  config: Config,

  init: () => ({ blocks: startBlocks(), ...begin(), last: UNKNOWN }),

  step(state, at, inputs, config, subject) {
    if (!Number.isFinite(inputs[0]!)) return UNKNOWN;
    const value = completed(state.blocks, at, inputs[0]!, config.every);
    if (!Number.isNaN(value)) state.last = judge(state, at, value, { config, subject });
    return state.last;
  },
};

function begin(): Pick<State, 'level' | 'sigma' | 'up' | 'down' | 'change'> {
  const side = () => ({ rise: 0, total: 0, count: 0, onset: 0 });
  return { level: startMoments(), sigma: 0, up: side(), down: side(), change: null };
}

function judge(
  state: State,
  at: EpochMs,
  value: number,
  { config, subject }: { readonly config: Config; readonly subject: Subject },
): Verdict {
  if (state.change !== null && at - state.change.told >= config.hold) Object.assign(state, begin());
  if (state.change !== null) return find(state, value, at, subject);
  const { level, up, down } = state;
  learn(level, value);
  if (level.count <= config.learn) {
    state.sigma = Math.max(deviationOf(level), config.minSigma);
    return UNKNOWN;
  }
  if (state.sigma === 0) return UNKNOWN;
  const away = (value - level.mean) / state.sigma;
  add(up, away - config.tolerance, value, at);
  add(down, -away - config.tolerance, value, at);
  const side = up.rise >= down.rise ? up : down;
  if (side.rise <= config.threshold) return { state: 'normal', score: side.rise / config.threshold / 2 };
  const before = (level.mean * level.count - side.total) / Math.max(1, level.count - side.count);
  state.change = { from: before, to: side.total / side.count, onset: side.onset, told: at };
  return find(state, value, at, subject);
}

function add(side: Side, beyond: number, value: number, at: EpochMs): void {
  side.rise = Math.max(0, side.rise + beyond);
  if (side.rise === 0) {
    side.total = 0;
    side.count = 0;
    return;
  }
  if (side.count === 0) side.onset = at;
  side.count++;
  side.total += value;
}

function find({ change, sigma }: State, value: number, at: EpochMs, { tag, unit }: Subject): Verdict {
  const { from, to, onset } = change!; // asked for while there is one
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const explanation = `${tag} changed from ${said(from)} to ${said(to)} on average about ${sayDuration(Math.max(0, at - onset))} ago (scatter before ${said(sigma)})`;
  const shift = Math.abs(to - from);
  return { state: 'abnormal', score: shift / (shift + sigma), finding: { value, limit: from, explanation } };
}
