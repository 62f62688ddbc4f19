import { Type } from 'typebox';
import type { Detector, EpochMs } from '../detector.ts';
import { UNKNOWN } from '../verdict.ts';
import { explain } from './explain.ts';
import { TUNING } from './model.ts';
import { startWatch, type WatchState, watch } from './watch.ts';

const Config = Type.Object(
  {
    learn: Type.Integer({
      minimum: 10,
      default: 1000,
      description: `Readings to learn normal from, at least ${TUNING.leastReadings} are used.`,
    }),
  },
  { additionalProperties: false },
);

/** The watch over all tags together, and when the present alarm began. */
export interface AutoState {
  readonly watch: WatchState;
  since: EpochMs;
  /** The last reading began an alarm. */
  isOnset: boolean;
}

/**
 * Learns what is normal for the tags of a machine together and says when one leaves it, without a number from anybody:
 * each tag is judged by what the others leave unexplained (Hawkins 1991), smoothed over 4, 16 and 64 readings (EWMA,
 * Roberts 1959), against limits from readings that were left out of the learning. Tags that wander by nature are followed.
 * It is wrong when the machine was ill while it was learnt; it does not see a fault that is slower than its memory (as
 * many readings as it learnt from) or smaller than the scatter it learnt.
 */
export const auto: Detector<typeof Config, AutoState> = {
  kind: 'auto',
  about: 'machine',
  config: Config,
  joins: true,

  init: () => ({ watch: startWatch(), since: 0, isOnset: false }),

  step(state, at, inputs, { learn }, subject) {
    const seen = watch(state.watch, inputs, learn);
    state.isOnset = seen.state === 'watching' && seen.isOnset;
    const model = state.watch.model;
    if (seen.state === 'learning' || model === null) return UNKNOWN;
    if (state.isOnset) state.since = at;
    const score = seen.ratio / (1 + seen.ratio);
    if (!seen.isAlarm) return { state: 'normal', score };
    const finding = explain(model, seen, { inputs, since: state.since, at, subject });
    return { state: 'abnormal', score, finding };
  },
};
