import { type Static, Type } from 'typebox';
import { type Detector, duration, type EpochMs, type Subject, sayDuration, type Verdict } from '../detector.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { addToStretch, endStretch, type Stretch, startStretch } from '../stretch.ts';
import { UNKNOWN } from '../verdict.ts';
import { addRow, type Distance, distance, fitModel, type Model, type Sums, startSums } from './model.ts';

const Config = Type.Object(
  {
    learn: Type.Integer({
      minimum: 100,
      maximum: 10_000,
      default: 960,
      description:
        'Means of `every` to learn normal from, at least ten for each tag. The machine must be well meanwhile.',
    }),
    share: Type.Number({
      minimum: 0.5,
      maximum: 0.99,
      default: 0.9,
      description: 'Part of the variance that the kept components explain; the rest is judged by its squared error.',
    }),
    chance: Type.Number({
      minimum: 1e-6,
      maximum: 0.05,
      default: 0.001,
      description: 'How often a healthy value may be beyond each of the two limits: it sets them.',
    }),
    lasting: Type.Integer({ minimum: 1, default: 3, description: 'How many values in a row must be beyond a limit.' }),
    every: Type.Unsafe<number>(
      duration({
        minimum: '0s',
        default: '5m',
        description: 'Readings are judged by their mean over this time; with 0s each by itself.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;
/** Its settings. */
export type MultivariateConfig = Config;

/** `stretch`: sums and counts of the time that is not over. `off`: values in a row beyond a limit, and since when. */
interface State {
  sums: Sums | null;
  model: Model | null;
  stretch: Stretch;
  off: number;
  since: EpochMs;
  last: Verdict;
}
/** Its memory. */
export type MultivariateState = State;

/** So that a tag's share of the state stays within 4 KB, and learning within 20 ms. */
const MOST_TAGS = 40;
/** Rows for each tag, at least. */
const ROWS_PER_TAG = 10;
/** Tags that are named. */
const MOST_NAMED = 5;
/** What is said to be usual of one tag reaches this many standard deviations. */
export const FINDING_WIDTHS = 3;

/**
 * Tags of one machine together: principal components of what is normal, Hotelling's T² in them (all as usual, but too much of it) and
 * the squared prediction error beside them (tags that no longer fit each other), with the tags that did it.
 * Sources: J. E. Jackson & G. S. Mudholkar, Technometrics 21(3), 1979; N. D. Tracy, J. C. Young & R. L. Mason, J. Quality
 * Technology 24(2), 1992; P. Nomikos & J. F. MacGregor, Technometrics 37(1), 1995.
 * It is wrong where tags bend together instead of going straight, in operation it did not see while it learnt, and where normal drifts.
 */
export const multivariate: Detector<typeof Config, State> = {
  kind: 'multivariate',
  about: 'machine',
  keepsLearnt: true,
  config: Config,
  joins: true,

  refuseTag({ learn }, { inputs = [] }) {
    if (inputs.length < 2) return 'needs at least two tags that are judged together';
    if (inputs.length > MOST_TAGS) return `at most ${MOST_TAGS} tags are judged together, not ${inputs.length}`;
    const least = ROWS_PER_TAG * inputs.length;
    return learn < least ? `learn of ${learn} is too little for ${inputs.length} tags: at least ${least}` : null;
  },

  init: () => ({
    sums: null,
    model: null,
    stretch: startStretch(),
    off: 0,
    since: 0,
    last: UNKNOWN,
  }),

  step(state, at, inputs, config, subject) {
    const { every } = config;
    if (every === 0) return judge(state, at, inputs, { config, subject });
    const means = endStretch(state.stretch, at, every);
    if (means !== null) state.last = judge(state, state.stretch.from + every, means, { config, subject });
    addToStretch(state.stretch, at, inputs, every);
    return state.last;
  },
};

function judge(
  state: State,
  at: EpochMs,
  row: Float64Array,
  { config, subject }: { readonly config: Config; readonly subject: Subject },
): Verdict {
  let known = 0;
  for (const value of row) if (Number.isFinite(value)) known++;
  if (state.model === null) {
    if (known < row.length) return UNKNOWN; // a row with a hole says nothing about what belongs together
    state.sums ??= startSums(row.length);
    addRow(state.sums, row);
    if (state.sums.count < config.learn) return UNKNOWN;
    state.model = fitModel(state.sums, config);
    state.sums = null;
    return UNKNOWN;
  }
  if (known * 2 <= row.length) return UNKNOWN;
  const seen = distance(state.model, row);
  const ratio = Math.max(seen.t2 / state.model.t2Limit, seen.spe / state.model.speLimit);
  const isOff = ratio > 1;
  state.off = isOff ? state.off + 1 : 0;
  if (state.off === 1) state.since = at;
  if (!isOff || state.off < config.lasting) return { state: 'normal', score: Math.min(0.5, ratio / 2) };
  const finding = find(state.model, seen, row, { lastedMs: at - state.since, subject });
  return { state: 'abnormal', score: ratio / (1 + ratio), finding };
}

function find(
  { mean, width, rows, t2Limit, speLimit }: Model,
  { t2, spe, shares }: Distance,
  row: Float64Array,
  { lastedMs, subject }: { readonly lastedMs: number; readonly subject: Subject },
) {
  const tags = subject.inputs ?? [subject];
  const ranked = shares.map((share, i) => ({ i, share })).sort((a, b) => b.share - a.share);
  const first = ranked[0]!.i;
  const { tag, unit } = tags[first]!;
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const isSpe = spe / speLimit >= t2 / t2Limit;
  const times = sayNumber(Number((isSpe ? spe / speLimit : t2 / t2Limit).toPrecision(2)));
  const lasted = lastedMs > 0 ? ` for ${sayDuration(lastedMs)}` : '';
  const what = isSpe
    ? `no longer fits the other ${tags.length === 2 ? 'tag' : `${tags.length - 1} tags`}`
    : `is part of an unusual state of the ${tags.length} tags`;
  return {
    value: row[first]!,
    limit: mean[first]! + Math.sign(row[first]! - mean[first]!) * FINDING_WIDTHS * width[first]!,
    explanation:
      `${tag} ${what}${lasted}: it is ${said(row[first]!)}, ${said(mean[first]!)} ± ${said(FINDING_WIDTHS * width[first]!)} was usual, ` +
      `${isSpe ? 'squared error' : 'T²'} ${times} times its limit (learnt from ${rows} values)`,
    contributions: ranked
      .slice(0, MOST_NAMED)
      .map(({ i, share }) => ({ tag: tags[i]!.tag, share: Number(share.toPrecision(2)) })),
  };
}
