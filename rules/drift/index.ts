import { type Static, Type } from 'typebox';
import { sayCount } from '../../src/model/count-words.ts';
import { type Detector, duration, type EpochMs, type Subject, type Verdict } from '../detector.ts';
import { addToStretch, endStretch, type Stretch, startStretch } from '../stretch.ts';
import { UNKNOWN } from '../verdict.ts';
import { follow, type Past, slowFirst, startPast } from './drives.ts';
import { addLesson, explain, fitModel, isSound, type Lessons, type Model, startLessons } from './model.ts';
import { find } from './say.ts';
import { type Away, addAway, doesVary, type Scaling, scalingOf, startAway } from './scaling.ts';
import { type Screen, screen } from './screen.ts';

const Config = Type.Object(
  {
    drives: Type.Integer({
      minimum: 1,
      maximum: 3,
      default: 1,
      description:
        'How many of the last tags of `on` say what the machine is asked to do and where it stands: speed or current first, then load, the air around it. They explain the others and are not judged.',
      examples: [3],
    }),
    least: Type.Number({
      minimum: 0,
      default: 0,
      description: 'Smallest deviation worth telling, tag unit: several times the accuracy of the instrument.',
      examples: [4],
    }),
    sigmas: Type.Number({
      minimum: 3,
      default: 6,
      description: 'Farther than this many learnt standard deviations from what the drives explain is off.',
    }),
    quiet: Type.Number({
      minimum: 1,
      maximum: 4,
      default: 2,
      description: 'The others count as moving with it beyond this many of their own learnt standard deviations.',
    }),
    learn: Type.Integer({
      minimum: 300,
      maximum: 20_000,
      default: 2_016,
      description:
        'Means of `every` to learn from: a week of 5 min. The machine and its instruments must be well meanwhile.',
    }),
    every: Type.Unsafe<number>(
      duration({ minimum: '1s', default: '5m', description: 'Readings are judged by their mean over this time.' }),
    ),
    slowest: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        default: '90m',
        description: 'Time constant of the slowest of the tags: how long heat takes to follow the load.',
      }),
    ),
    lasting: Type.Unsafe<number>(
      duration({
        minimum: '0s',
        default: '2h',
        description: 'The tag must be off, and alone, for this long.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;

/**
 * `lessons` until the model is fitted. `off`: smoothed deviation of each response from what the drives explain, tag unit. `rest`: what that was
 * of the others before the tag began to leave. `away`: `null` while the tag is where it should be. `since`: when it left; `aloneSince`: from
 * when on it was off and the others were not; `null` while it is not so. `told`: the alert stands.
 */
interface State {
  stretch: Stretch;
  /** Absent in a state of an earlier version. */
  screens?: (Screen | null)[];
  past: Past;
  lessons: Lessons | null;
  model: Model | null;
  off: number[] | null;
  rest: number[] | null;
  away: Away | null;
  since: EpochMs;
  aloneSince: EpochMs | null;
  told: boolean;
  last: Verdict;
}

/** So that a state stays within 20 KB while it learns. */
const MOST_TAGS = 10;
/** Weight of the newest mean in the smoothed deviation. */
const LAMBDA = 0.15;
/** Where the others are is followed with this weight, ten days at 5 min: a cleaned machine is another, a fault that takes a week is not. */
const LAMBDA_REST = 1 / 2_880;
/** Operation this many times as far from what was learnt as usual is not judged. */
const MOST_STRANGE = 9;
/** From this share of the limit on a tag counts as leaving, and back to it an alert ends. */
const LEAVING = 0.5;
/** Where the speed is constant only the others can tell, which answer more faintly: the deviation must be this much larger. */
const BLIND = 1.25;
/** An alert is taken back when the others move by this many times `quiet` after all. */
const AFTER_ALL = 2;
const HOUR_MS = 3_600_000;

/**
 * An instrument that leaves what the other tags of its machine say, slowly or at once: analytical redundancy. `on: [the instrument, other
 * responses…, drives…]`; each response is explained from the drives (now, squared, and through two lags) by a regression learnt once. Abnormal when the
 * first is off by `sigmas` and `least`, the other responses are where they were, and, where the speed varies, it is off by as much at each speed.
 * What an ill machine does to several tags, or in proportion to the speed, is not told. Unknown while it learns, in operation that it did not learn, and
 * without a single other response.
 * Sources: E. Y. Chow & A. S. Willsky, IEEE Trans. Autom. Control 29(7), 1984 (analytical redundancy); R. Dunia, S. J. Qin, T. F. Edgar & T. J. McAvoy,
 * AIChE J. 42(10), 1996 (one faulty sensor against the model of all).
 * It is wrong where one fault of the machine moves this tag alone and the speed never changes (the pressure over a filter: don't), and where
 * a drive itself lies.
 */
export const drift: Detector<typeof Config, State> = {
  kind: 'drift',
  about: 'instrument',
  keepsLearnt: true,
  config: Config,
  joins: true,

  refuse({ slowest, every }) {
    return slowest >= every
      ? null
      : '`slowest` must be at least `every`: between two means all would be forgotten, and it would learn for ever';
  },

  refuseTag({ drives }, { inputs = [] }) {
    const others = inputs.length - 1 - drives;
    if (inputs.length > MOST_TAGS) return `at most ${MOST_TAGS} tags are compared, not ${inputs.length}`;
    return others >= 1
      ? null
      : `needs the instrument, at least one other tag that answers to the same drives, and its ${sayCount(drives, 'drive')}: at least ${drives + 2} tags, not ${inputs.length}`;
  },

  init: () => ({
    stretch: startStretch(),
    screens: [],
    past: startPast(),
    lessons: null,
    model: null,
    off: null,
    rest: null,
    away: null,
    since: 0,
    aloneSince: null,
    told: false,
    last: UNKNOWN,
  }),

  step(state, at, inputs, config, subject) {
    const means = endStretch(state.stretch, at, config.every);
    if (means !== null) state.last = judge(state, state.stretch.from + config.every, means, { config, subject });
    addToStretch(state.stretch, at, inputs, config.every);
    return state.last;
  },
};

interface With {
  readonly config: Config;
  readonly subject: Subject;
}

function judge(state: State, at: EpochMs, heard: Float64Array, { config, subject }: With): Verdict {
  state.screens ??= [];
  const means = screen(state.screens, heard);
  const responses = means.subarray(0, Math.max(1, means.length - config.drives));
  const drives = means.subarray(responses.length);
  const features = follow(state.past, at, drives, config.slowest);
  if (features === null) return UNKNOWN;
  if (state.model === null) {
    study(state, features, { responses, config });
    return UNKNOWN;
  }
  if (!Number.isFinite(responses[0]!) || state.model.scatter[0] === 0) return UNKNOWN;
  const { values, strangeness } = explain(state.model, features);
  if (strangeness > MOST_STRANGE) return UNKNOWN;
  smooth(state, responses, values);
  const width = state.model.scatter[0]! * Math.sqrt(Math.max(1, strangeness));
  return decide(state, at, { features, width, reading: responses[0]!, config, subject });
}

function study(
  state: State,
  features: Float64Array,
  { responses, config }: { readonly responses: Float64Array; readonly config: Config },
): void {
  const row = Float64Array.of(1, ...features, ...responses);
  if (row.some((value) => !Number.isFinite(value))) return; // a row with a hole says nothing about what belongs together
  state.lessons ??= startLessons(row.length);
  addLesson(state.lessons, row, config.learn);
  if (state.lessons.count < config.learn) return;
  const model = fitModel(state.lessons, features.length);
  state.lessons = null;
  if (isSound(model)) state.model = model; // else it is learnt anew: NaN would be normal for ever
}

/** A response that is missing keeps what it was. */
function smooth(state: State, responses: Float64Array, values: Float64Array): void {
  state.off ??= Array.from(responses, () => 0);
  for (const [i, value] of responses.entries()) {
    if (Number.isFinite(value)) state.off[i]! += LAMBDA * (value - values[i]! - state.off[i]!);
  }
  state.rest ??= Array.from(responses, () => 0);
}

interface Seen extends With {
  readonly features: Float64Array;
  /** Standard deviation of the first response in this operation, tag unit. */
  readonly width: number;
  readonly reading: number;
}

function decide(state: State, at: EpochMs, seen: Seen): Verdict {
  const { config, width, features, reading, subject } = seen;
  const by = state.off![0]!;
  const first = slowFirst(config.drives);
  const usual = { mean: state.model!.mean[first]!, width: state.model!.width[first]! };
  const limit = (doesVary(usual) ? 1 : BLIND) * Math.max(config.sigmas * width, config.least);
  if (Math.abs(by) < LEAVING * limit) {
    const rest = state.rest!;
    for (const [i, off] of state.off!.entries()) rest[i]! += LAMBDA_REST * (off - rest[i]!);
    Object.assign(state, { away: null, aloneSince: null, told: false });
    return { state: 'normal', score: Math.abs(by) / limit / 2 };
  }
  if (state.away === null) Object.assign(state, { away: startAway(), since: at });
  addAway(state.away!, { by, drive: features[first]!, perHour: Math.ceil(HOUR_MS / config.every) });
  const scaling = scalingOf(state.away!, usual);
  if (!isTold(state, at, { isOff: Math.abs(by) > limit, scaling, config })) return { state: 'normal', score: 0.5 };
  return find({ by, limit, reading, scaling, lastedMs: at - state.since }, { drives: config.drives, subject });
}

interface Evidence {
  readonly isOff: boolean;
  readonly scaling: Scaling | null;
  readonly config: Config;
}

/** Whether it is told, or goes on being told. What was told is taken back only when the machine shows after all. */
function isTold(state: State, at: EpochMs, { isOff, scaling, config }: Evidence): boolean {
  const others = othersMove(state);
  if (state.told) {
    state.told = others <= AFTER_ALL * config.quiet && scaling !== 'grows';
    return state.told;
  }
  const isAlone = others <= config.quiet && (scaling === null || scaling === 'stays');
  state.aloneSince = isOff && isAlone ? (state.aloneSince ?? at) : null;
  state.told = state.aloneSince !== null && at - state.aloneSince >= config.lasting;
  return state.told;
}

/** How far that of the others which moved most is from where it was, in its standard deviations. */
function othersMove({ model, off, rest }: State): number {
  let most = 0;
  for (const [i, scatter] of model!.scatter.entries()) {
    if (i > 0 && scatter > 0) most = Math.max(most, Math.abs(off![i]! - rest![i]!) / scatter);
  }
  return most;
}
