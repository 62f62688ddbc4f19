import { Type } from 'typebox';
import { type Detector, duration, type EpochMs, type Subject, type Verdict } from '../detector.ts';
import { UNKNOWN } from '../verdict.ts';
import { explain } from './explain.ts';
import { TUNING } from './model.ts';
import { startWatch, type WatchState, watch } from './watch.ts';

const Config = Type.Object(
  {
    learn: Type.Integer({
      minimum: 10,
      default: 480,
      description: `Means of \`every\` to learn normal from; at least ${TUNING.leastReadings} are used. The machine must be well meanwhile.`,
    }),
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

/** The watch over all tags together, what it said last, and the readings of the present stretch of `every`. */
export interface AutoState {
  readonly watch: WatchState;
  since: EpochMs;
  /** With the last reading an alarm began, or one that lasted ended. */
  isChange: boolean;
  last: Verdict;
  readonly stretch: { from: EpochMs; sums: number[]; counts: number[] };
}

/**
 * Learns what is normal for the tags of a machine together and says when one leaves it, without a number from anybody:
 * each tag is judged by what the others leave unexplained (Hawkins 1991), smoothed over 4, 16 and 64 readings (EWMA,
 * Roberts 1959), against limits from readings that were left out of the learning, the wider the more readings come a week. Tags that wander by nature are followed.
 * It is wrong when the machine was ill while it was learnt; it does not see a fault that is slower than its memory (as
 * many readings as it learnt from) or smaller than the scatter it learnt.
 */
export const auto: Detector<typeof Config, AutoState> = {
  kind: 'auto',
  about: 'machine',
  config: Config,
  joins: true,

  init: () => ({
    watch: startWatch(),
    since: 0,
    isChange: false,
    last: UNKNOWN,
    stretch: { from: 0, sums: [], counts: [] },
  }),

  step(state, at, inputs, { learn, every }, subject) {
    if (every === 0) return judge(state, at, inputs, learn, subject);
    const { stretch } = state;
    if (stretch.counts.length > 0 && at - stretch.from >= every) {
      const means = Float64Array.from(stretch.sums, (sum, i) => sum / stretch.counts[i]!); // 0/0: nothing came
      state.last = judge(state, stretch.from + every, means, learn, subject);
      stretch.counts = [];
    }
    if (stretch.counts.length === 0) {
      // on the clock's own grid, so that an engine that starts again cuts the same stretches
      stretch.from = Math.floor(at / every) * every;
      stretch.sums = new Array<number>(inputs.length).fill(0);
      stretch.counts = new Array<number>(inputs.length).fill(0);
    }
    for (let i = 0; i < inputs.length; i++) {
      if (!Number.isFinite(inputs[i]!)) continue;
      stretch.sums[i]! += inputs[i]!;
      stretch.counts[i]!++;
    }
    return state.last;
  },
};

function judge(state: AutoState, at: EpochMs, inputs: Float64Array, learn: number, subject: Subject): Verdict {
  const seen = watch(state.watch, at, inputs, learn);
  state.isChange = seen.state === 'watching' && seen.isChange;
  const model = state.watch.model;
  if (seen.state === 'learning' || model === null) return UNKNOWN;
  if (seen.isOnset) state.since = at;
  const score = seen.ratio / (1 + seen.ratio);
  if (!seen.isAlarm) return { state: 'normal', score };
  return { state: 'abnormal', score, finding: explain(model, seen, { inputs, since: state.since, at, subject }) };
}
