import { type Static, Type } from 'typebox';
import { type Blocks, completed, EVERY, startBlocks } from '../blocks.ts';
import { type Detector, type EpochMs, type Subject, sayDuration, type Verdict } from '../detector.ts';
import { cusumLimit } from '../math/cusum-limit.ts';
import { deviationOf, learn, type Moments, startMoments } from '../math/moments.ts';
import { minSigma } from '../min-sigma.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    shift: Type.Number({
      minimum: 0.2,
      maximum: 5,
      default: 1,
      description: 'The lasting shift of the mean to find soonest, in learnt standard deviations.',
    }),
    falseEvery: Type.Number({
      minimum: 100,
      default: 100_000,
      description: 'Values between two false alarms, on average, of independent normal ones: it sets the limit.',
    }),
    minSigma: minSigma('learnt standard deviation'),
    learn: Type.Integer({
      minimum: 50,
      default: 480,
      description: 'Values to learn mean and standard deviation from. The machine must be well meanwhile.',
    }),
    every: EVERY,
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;
/** Its settings. */
export type CusumConfig = Config;

/** One side of the chart: the sum beyond the reference, learnt deviations; the values since it left 0, tag unit. */
interface Side {
  excess: number;
  total: number;
  count: number;
  since: EpochMs;
}

/** `normal`: the learnt mean and scatter, tag unit. `limit`: h, learnt deviations; 0 before it is known. */
interface State {
  readonly blocks: Blocks;
  readonly normal: Moments;
  limit: number;
  readonly up: Side;
  readonly down: Side;
  last: Verdict;
}
/** Its memory. */
export type CusumState = State;

/** A sum grows no farther than this many limits, so that it comes back in a bounded time when the fault has gone. */
const MOST = 1.5;

/**
 * CUSUM chart: adds up by how much values are beyond half of the shift sought, and finds small lasting shifts soonest; says
 * since about when and how large. Abnormal while the sum is beyond h, which follows from the false alarms that are allowed.
 * Sources: E. S. Page, Biometrika 41, 1954; D. M. Hawkins & D. H. Olwell, Cumulative Sum Charts and Charting for Quality
 * Improvement, 1998; D. Siegmund, Sequential Analysis, 1985 (h).
 * It is wrong on a tag that drifts, has seasons or follows the load, and values that depend on each other alarm more often than `falseEvery` says.
 */
export const cusum: Detector<typeof Config, State> = {
  kind: 'cusum',
  about: 'machine',
  keepsLearnt: true,
  config: Config,

  init: () => ({
    blocks: startBlocks(),
    normal: startMoments(),
    limit: 0,
    up: { excess: 0, total: 0, count: 0, since: 0 },
    down: { excess: 0, total: 0, count: 0, since: 0 },
    last: UNKNOWN,
  }),

  step(state, at, inputs, config, subject) {
    if (!Number.isFinite(inputs[0]!)) return UNKNOWN;
    const value = completed(state.blocks, at, inputs[0]!, config.every);
    if (Number.isNaN(value)) return state.last;
    if (state.normal.count < config.learn) {
      learn(state.normal, value);
      return UNKNOWN;
    }
    if (state.limit === 0) state.limit = cusumLimit(config.falseEvery, config.shift / 2);
    state.last = judge(state, at, value, { config, subject });
    return state.last;
  },
};

function judge(
  state: State,
  at: EpochMs,
  value: number,
  { config, subject }: { readonly config: Config; readonly subject: Subject },
): Verdict {
  const { normal, limit, up, down } = state;
  const sigma = Math.max(deviationOf(normal), config.minSigma);
  if (sigma === 0) return UNKNOWN; // nothing moved while it learnt: there is no measure of anything
  const away = (value - normal.mean) / sigma;
  add(up, away - config.shift / 2, { value, at, limit });
  add(down, -away - config.shift / 2, { value, at, limit });
  const side = up.excess >= down.excess ? up : down;
  const score = side.excess / (side.excess + limit);
  if (side.excess <= limit) return { state: 'normal', score };
  const reference = normal.mean + (side === up ? 1 : -1) * (config.shift / 2) * sigma;
  return { state: 'abnormal', score, finding: find(side, reference, at, { normal, sigma, subject }) };
}

function add(side: Side, excess: number, seen: { value: number; at: EpochMs; limit: number }): void {
  side.excess = Math.min(MOST * seen.limit, Math.max(0, side.excess + excess));
  if (side.excess === 0) {
    side.count = 0;
    side.total = 0;
    return;
  }
  if (side.count === 0) side.since = seen.at;
  side.count++;
  side.total += seen.value;
}

function find(
  { total, count, since }: Side,
  reference: number,
  at: EpochMs,
  {
    normal,
    sigma,
    subject: { tag, unit },
  }: { readonly normal: Moments; readonly sigma: number; readonly subject: Subject },
) {
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const mean = total / count;
  const lasted = at > since ? ` for about ${sayDuration(at - since)}` : '';
  const shifted = `${said(Math.abs(mean - normal.mean))} too ${mean > normal.mean ? 'high' : 'low'}`;
  return {
    value: mean,
    limit: reference,
    explanation: `${tag} has been ${said(mean)} on average${lasted} where ${said(normal.mean)} is normal (scatter ${said(sigma)}, learnt from ${normal.count} values): ${shifted}`,
  };
}
