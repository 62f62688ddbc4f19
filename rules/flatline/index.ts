import { Type } from 'typebox';
import { type Detector, duration, type EpochMs, type Subject, sayDuration } from '../detector.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    for: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        default: '20s',
        description: 'A value that has not moved for this long is abnormal.',
        examples: ['15s'],
      }),
    ),
    tolerance: Type.Number({
      minimum: 0,
      default: 0,
      description: 'Largest difference between two readings that still counts as not moving, tag unit.',
      examples: [0.05],
    }),
    minReadings: Type.Integer({
      minimum: 2,
      default: 10,
      description: 'Fewest readings that must show the same value before it is abnormal.',
    }),
  },
  { additionalProperties: false },
);

/** The run of readings that stayed within the tolerance: its bounds (tag unit), first and last time, length. */
interface State {
  low: number;
  high: number;
  since: EpochMs;
  last: EpochMs;
  count: number;
}

/**
 * A stuck sensor: readings keep arriving, but the value has stayed within `tolerance` for `for`. A hole between two
 * readings that is longer than `for` starts the watch again, because nobody knows what the value did in it; a bad reading
 * is no evidence either way. Meant for signals that are never still while the machine runs, and not for tags with a
 * deadband, whose small changes are not kept; use `when` for the standing machine.
 */
export const flatline: Detector<typeof Config, State> = {
  kind: 'flatline',
  about: 'instrument',
  config: Config,

  init: () => ({ low: 0, high: 0, since: 0, last: 0, count: 0 }),

  step(state, at, inputs, config, subject) {
    const value = inputs[0]!;
    if (!Number.isFinite(value)) return UNKNOWN;
    extend(state, at, value, config);
    const flatMs = at - state.since;
    if (flatMs < config.for || state.count < config.minReadings) {
      return { state: 'normal', score: Math.min(1, flatMs / config.for, state.count / config.minReadings) };
    }
    const explanation = explain(value, flatMs, config.tolerance, subject);
    return { state: 'abnormal', score: 1, finding: { value, limit: config.tolerance, explanation } };
  },
};

/** Adds a reading to the run, or begins a new run with it. */
function extend(state: State, at: EpochMs, value: number, config: { for: number; tolerance: number }): void {
  const low = Math.min(state.low, value);
  const high = Math.max(state.high, value);
  const goesOn = state.count > 0 && high - low <= config.tolerance && at - state.last <= config.for;
  state.low = goesOn ? low : value;
  state.high = goesOn ? high : value;
  state.since = goesOn ? state.since : at;
  state.count = goesOn ? state.count + 1 : 1;
  state.last = at;
}

function explain(value: number, flatMs: number, tolerance: number, { tag, unit }: Subject): string {
  const reading = withUnit(sayNumber(value), unit);
  const held =
    tolerance === 0
      ? `has read exactly ${reading}`
      : `has stayed within ${withUnit(sayNumber(tolerance), unit)} of ${reading}`;
  return `${tag} ${held} for ${sayDuration(flatMs)} while readings kept arriving: the sensor may be stuck`;
}
