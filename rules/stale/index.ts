import { type Static, Type } from 'typebox';
import { type Detector, duration, type EpochMs, type Subject, sayDuration, type Verdict } from '../detector.ts';
import { NORMAL, UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    after: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        default: '60s',
        description: 'Silence of this length is abnormal.',
        examples: ['15s'],
      }),
    ),
  },
  { additionalProperties: false },
);

/** Ticks come once a second. A longer hole than this means that the service itself was away, not the tag. */
const LONGEST_TICK_GAP_MS = 10_000;

/**
 * `silentSince`: last reading with a value, or the first tick when there was none yet; `null` before both.
 * `heard`: whether there ever was a value. `tickedAt`: last tick.
 */
interface State {
  silentSince: EpochMs | null;
  heard: boolean;
  tickedAt: EpochMs | null;
}

/**
 * Absence: a tag that has delivered no value for `after` is abnormal. Time is the service's own (`arrival`), so a device
 * whose clock is wrong is not taken for a silent one. Only a reading with a value counts as heard: a tag that keeps
 * sending bad readings tells nothing about its machine and is as silent as one that sends none. Before the first value
 * silence counts from the first tick, and until it is long enough the verdict is unknown. Time in which the service itself
 * was away (a restart, a sleeping computer, a clock set forward) is not the tag's silence and does not count.
 */
export const stale: Detector<typeof Config, State> = {
  kind: 'stale',
  about: 'instrument',
  time: 'arrival',
  config: Config,

  init: () => ({ silentSince: null, heard: false, tickedAt: null }),

  step(state, at, inputs, { after }, subject) {
    const value = inputs[0]!;
    if (Number.isNaN(value)) return judge(state, at, after, subject);
    state.silentSince = at;
    state.heard = true;
    return NORMAL;
  },

  back: (_inputs, { after }, { before, subject: { tag } }) => ({
    value: 0,
    limit: after / 1_000,
    explanation: `${tag} has readings again; there was none for ${sayDuration(1_000 * before.value)}`,
  }),

  tick(state, at, { after }, subject) {
    const awayMs = state.tickedAt === null ? 0 : at - state.tickedAt;
    state.tickedAt = at;
    if (state.silentSince === null) state.silentSince = at;
    else if (awayMs > LONGEST_TICK_GAP_MS) state.silentSince = Math.min(at, state.silentSince + awayMs);
    return judge(state, at, after, subject);
  },
};

function judge(state: State, at: EpochMs, afterMs: Static<typeof Config>['after'], { tag }: Subject): Verdict {
  if (state.silentSince === null) return UNKNOWN;
  const silentMs = at - state.silentSince;
  if (silentMs >= afterMs) {
    const explanation = `no reading from ${tag} for ${sayDuration(silentMs)}`;
    return { state: 'abnormal', score: 1, finding: { value: silentMs / 1_000, limit: afterMs / 1_000, explanation } };
  }
  return state.heard ? { state: 'normal', score: Math.max(0, silentMs / afterMs) } : UNKNOWN;
}
