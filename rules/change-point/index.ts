import { type Static, Type } from 'typebox';
import { type Blocks, completed, EVERY, startBlocks } from '../blocks.ts';
import { type Detector, duration, type EpochMs, type Subject, sayDuration, type Verdict } from '../detector.ts';
import { deviationOf, learn, type Moments, startMoments } from '../math/moments.ts';
import { minSigma } from '../min-sigma.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { UNKNOWN } from '../verdict.ts';
import { type Prior, type Run, startRuns, weigh } from './run-lengths.ts';

const Config = Type.Object(
  {
    expected: Type.Number({
      minimum: 50,
      default: 10_000,
      description: 'Values between two changes of the level, as you expect them.',
    }),
    confidence: Type.Number({
      minimum: 0.5,
      maximum: 0.9999,
      default: 0.999,
      description: 'How sure a change must be.',
    }),
    minSigma: minSigma('standard deviation'),
    learn: Type.Integer({ minimum: 20, default: 100, description: 'Values to learn the scatter from.' }),
    hold: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        default: '1d',
        description: 'How long a change is told; after that the new level is normal.',
      }),
    ),
    every: EVERY,
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;

/** `index`: values so far; `since`: the first of the present level. */
interface State {
  readonly blocks: Blocks;
  readonly scatter: Moments;
  readonly runs: Run[];
  index: number;
  since: number;
  change: { from: number; to: number; sure: number; onset: EpochMs; told: EpochMs } | null;
  /** Time of the last value, and the usual time between two, ms. */
  at: EpochMs;
  apart: number;
  last: Verdict;
}

/** A new level must have shown this many values: one wild value is none. */
const FEWEST = 5;
/** Standard errors by which it must differ from the old one: after a wild value the old level is a "new" one, too. */
const DIFFERENT = 4;
/** Widths of the scatter within which a new level may lie: the prior counts as 1/this² values. */
const SPREAD = 10;

/**
 * Bayesian online change point: the probability that the level of a tag is another since some value, over all
 * values at once. Says from what to what, since about when and how sure.
 * Source: R. P. Adams & D. J. C. MacKay, arXiv:0710.3742, 2007.
 * It is wrong on what wanders, has seasons or follows the load: all of these change the level; and on values that depend on each other.
 */
export const changePoint: Detector<typeof Config, State> = {
  kind: 'change-point',
  about: 'machine',
  config: Config,

  init: () => ({
    blocks: startBlocks(),
    scatter: startMoments(),
    runs: startRuns(),
    index: 0,
    since: 0,
    change: null,
    at: 0,
    apart: 0,
    last: UNKNOWN,
  }),

  step(state, at, inputs, config, subject) {
    if (!Number.isFinite(inputs[0]!)) return UNKNOWN;
    const value = completed(state.blocks, at, inputs[0]!, config.every);
    if (!Number.isNaN(value)) state.last = judge(state, at, value, { config, subject });
    return state.last;
  },
};

function judge(
  state: State,
  at: EpochMs,
  value: number,
  { config, subject }: { readonly config: Config; readonly subject: Subject },
): Verdict {
  state.apart =
    state.at === 0 ? 0 : state.apart === 0 ? at - state.at : state.apart + 0.1 * (at - state.at - state.apart);
  state.at = at;
  if (state.scatter.count < config.learn) {
    learn(state.scatter, value);
    return UNKNOWN;
  }
  const sigma = Math.max(deviationOf(state.scatter), config.minSigma);
  if (sigma === 0) return UNKNOWN; // nothing moved while it learnt: there is no measure of anything
  const prior: Prior = { mean: state.scatter.mean, strength: SPREAD ** -2, shape: 1, scale: sigma * sigma };
  weigh(state.runs, value, state.index++, { prior, hazard: 1 / config.expected });
  const sure = take(state, at, { sigma, confidence: config.confidence });
  if (state.change !== null && at - state.change.told >= config.hold) state.change = null;
  if (state.change === null) return { state: 'normal', score: Math.min(0.5, sure / config.confidence / 2) };
  return find(state.change, { value, at, sigma }, subject);
}

/** The probability that the level is new, and when it is sure enough what is told of it. */
function take(
  state: State,
  at: EpochMs,
  { sigma, confidence }: { readonly sigma: number; readonly confidence: number },
): number {
  let sure = 0;
  let best: Run | null = null;
  let old: Run | null = null;
  for (const run of state.runs) {
    if (run.start <= state.since) {
      if (old === null || run.weight > old.weight) old = run;
    } else if (run.count >= FEWEST) {
      sure += run.weight;
      if (best === null || run.weight > best.weight) best = run;
    }
  }
  if (sure < confidence || best === null) return sure;
  const before =
    old === null
      ? state.scatter.mean
      : (old.mean * old.count - best.mean * best.count) / Math.max(1, old.count - best.count);
  state.since = best.start;
  if (Math.abs(best.mean - before) <= (DIFFERENT * sigma) / Math.sqrt(best.count)) return 0;
  const onset = at - (best.count - 1) * state.apart;
  state.change = { from: before, to: best.mean, sure, onset, told: at };
  return sure;
}

function find(
  { from, to, sure, onset }: NonNullable<State['change']>,
  { value, at, sigma }: { readonly value: number; readonly at: EpochMs; readonly sigma: number },
  { tag, unit }: Subject,
): Verdict {
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const percent = Math.min(99.99, Number((100 * sure).toPrecision(4)));
  const explanation = `${tag} changed from ${said(from)} to ${said(to)} on average about ${sayDuration(Math.max(0, at - onset))} ago (${percent} % sure, usual scatter ${said(sigma)})`;
  const shift = Math.abs(to - from);
  return { state: 'abnormal', score: shift / (shift + sigma), finding: { value, limit: from, explanation } };
}
