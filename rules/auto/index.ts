import { Type } from 'typebox';
import { type Detector, duration, type EpochMs, type Subject, type Verdict } from '../detector.ts';
import { addToStretch, endStretch, type Stretch, startStretch } from '../stretch.ts';
import { UNKNOWN } from '../verdict.ts';
import { type Alone, startAlone } from './alone.ts';
import { explain } from './explain.ts';
import { explainAlone, judgeAlone } from './judge-alone.ts';
import { TUNING } from './model.ts';
import { forgetTold, keepTold } from './told.ts';
import { fitOn, type Lesson, startWatch, type WatchState, watch } from './watch.ts';

/** Bounds one piece of the learning to some 20 ms: the engine judges everything else on the same thread. */
const MOST_TAGS = 100;
const MOST_LEARNT_VALUES = 50_000;

/** A value beyond it is no reading: the square of a distance would not be finite. */
const LARGEST = 1e150;

const Config = Type.Object(
  {
    learn: Type.Integer({
      minimum: 10,
      maximum: 5_000,
      default: 480,
      description: `Means of \`every\` to learn normal from; at least ${TUNING.leastReadings} are used, and times the number of tags at most ${MOST_LEARNT_VALUES} values. The machine must be well meanwhile.`,
    }),
    every: Type.Unsafe<number>(
      duration({
        minimum: '0s',
        default: '5m',
        description: 'Readings are judged by their mean over this time; with 0s each by itself.',
      }),
    ),
    learnWithin: Type.Optional(
      Type.Unsafe<number>(
        duration({
          minimum: '1m',
          description: `Learning ends after this time though \`learn\` is not reached, once ${TUNING.leastReadings} means are there: a machine that stands at night comes to fewer a week (absent: however long it takes).`,
          examples: ['7d'],
        }),
      ),
    ),
  },
  { additionalProperties: false },
);

/** The watch over all tags together, what it said last, and the readings of the present stretch of `every`. */
export interface AutoState {
  readonly watch: WatchState;
  /** Of one tag instead of `watch`; absent of several, and of one that an earlier version has learnt. */
  alone?: Alone;
  since: EpochMs;
  /** With the last reading an alarm began, or one that lasted ended. */
  isChange: boolean;
  last: Verdict;
  readonly stretch: Stretch;
}

/**
 * Learns what is normal for the tags of a machine together and says when one leaves it, without a number from anybody:
 * each tag is judged by what the others leave unexplained (Hawkins 1991), smoothed over 4, 16 and 64 readings (EWMA,
 * Roberts 1959), against limits from readings that were left out of the learning, the wider the more readings come a week, and the
 * mean of 16 readings beside that of those before, which shows a sudden shift of a tag that drifts. Tags that wander by nature are followed.
 * One tag alone is judged against its level, or its hour of the day or week once that has foretold it better.
 * It is wrong when the machine was ill while it was learnt; it does not see a fault that is slower than its memory (as
 * many readings as it learnt from) or smaller than the scatter it learnt. When it has enough readings, it learns from them
 * in pieces, one with each of the next, and judges from the last of these on.
 */
export const auto: Detector<typeof Config, AutoState> = {
  kind: 'auto',
  about: 'machine',
  keepsLearnt: true,
  config: Config,
  joins: true,
  takesGiven: true,
  filedUnder: 'largest part',

  refuseTag({ learn }, { inputs = [] }) {
    const tags = inputs.length;
    if (tags > MOST_TAGS)
      return `at most ${MOST_TAGS} tags are judged together, not ${tags}: make a rule for each machine`;
    if (learn * tags <= MOST_LEARNT_VALUES) return null;
    return `learn of ${learn} is too much for ${tags} tags: at most ${Math.floor(MOST_LEARNT_VALUES / tags)}`;
  },

  init: () => ({
    watch: startWatch(),
    since: 0,
    isChange: false,
    last: UNKNOWN,
    stretch: startStretch(),
  }),

  step(state, at, given, { learn, every, learnWithin = null }, subject) {
    const inputs = oneEach(given, subject);
    if (inputs.length === 1 && knowsNothing(state.watch)) state.alone ??= startAlone();
    fitOn(state.watch);
    const lesson = { learn, withinMs: learnWithin, subject, everyMs: every };
    if (every === 0) return judge(state, at, inputs, lesson);
    const means = endStretch(state.stretch, at, every);
    if (means !== null) state.last = judge(state, state.stretch.from + every, means, lesson);
    addToStretch(state.stretch, at, inputs, every);
    return state.last;
  },

  forget({ alone }, fault) {
    if (alone) forgetTold(alone, fault);
  },
};

/** A number for each tag, NaN where none came: one that is not there at all would stay in every mean for good. */
function oneEach(inputs: Float64Array, { inputs: tags }: Subject): Float64Array {
  if (tags === undefined || inputs.length === tags.length) return inputs;
  return Float64Array.from(tags, (_, i) => inputs[i] ?? Number.NaN);
}

/** `everyMs`: the inputs are means over so long a time before `at`. */
interface TimedLesson extends Lesson {
  readonly everyMs: number;
}

function judge(state: AutoState, at: EpochMs, inputs: Float64Array, lesson: TimedLesson): Verdict {
  if (state.alone) return judgeOne(state, state.alone, { at, value: inputs[0]!, lesson });
  const seen = watch(state.watch, at, inputs, lesson);
  const { subject } = lesson;
  state.isChange = seen.state === 'watching' && seen.isChange;
  const model = state.watch.model;
  if (seen.state !== 'watching' || model === null) return UNKNOWN;
  if (seen.isOnset) state.since = at;
  const score = seen.ratio / (1 + seen.ratio);
  if (!seen.isAlarm) return { state: 'normal', score };
  return { state: 'abnormal', score, finding: explain(model, seen, { since: state.since, at, subject }) };
}

function knowsNothing({ model, fit, learning }: WatchState): boolean {
  return model === null && !fit && !learning?.length;
}

function judgeOne(
  state: AutoState,
  alone: Alone,
  { at, value, lesson }: { readonly at: EpochMs; readonly value: number; readonly lesson: TimedLesson },
): Verdict {
  const was = alone.isAlarm;
  const judged = Math.abs(value) <= LARGEST ? judgeAlone(alone, at - lesson.everyMs / 2, value, lesson) : null;
  state.isChange = judged?.isChange ?? false;
  if (judged === null) return UNKNOWN;
  const { seen, isOnset } = judged;
  if (was || isOnset) keepTold(alone, at, isOnset);
  if (isOnset) state.since = at;
  const score = seen.ratio / (1 + seen.ratio);
  if (!alone.isAlarm) return { state: 'normal', score };
  const finding = explainAlone(alone, { seen, value, lastedMs: at - state.since, subject: lesson.subject });
  return { state: 'abnormal', score, finding };
}
