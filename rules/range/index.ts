import { type Static, Type } from 'typebox';
import { backBehind } from '../back.ts';
import { type Detector, duration, type EpochMs, type Subject, sayDuration } from '../detector.ts';
import { sayNumber, sayNumberUnlike, withUnit } from '../say-number.ts';
import { NORMAL, UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    low: Type.Optional(
      Type.Number({
        description: 'Below this no reading can be true, tag unit; else from `range` of the tag.',
        examples: [-40],
      }),
    ),
    high: Type.Optional(
      Type.Number({
        description: 'Above this no reading can be true, tag unit; else from `range` of the tag.',
        examples: [150],
      }),
    ),
    margin: Type.Number({
      minimum: 0,
      default: 2.5,
      description:
        'How far outside `range` of the tag is still believed, percent of the range. `low` and `high` are taken as written.',
    }),
    for: Type.Unsafe<number>(
      duration({
        minimum: '0s',
        default: '10s',
        description: 'Outside for longer than this is abnormal; with 0s at once.',
        examples: ['5s'],
      }),
    ),
  },
  { additionalProperties: false },
);

/** Its settings. */
export type RangeConfig = Static<typeof Config>;

/** When the value left the range, and the last time it was seen outside; `null` while it is inside. */
interface State {
  outside: { since: EpochMs; last: EpochMs } | null;
}

/** Two readings outside that are farther apart than this (and than `for`) are two excursions: nobody saw what was between. */
const LONGEST_HOLE_MS = 600_000;

/**
 * A reading that no machine can cause: beyond what the instrument measures, for longer than `for`. A value exactly on a limit is
 * inside. A bad reading is no evidence either way. A broken wire, a short circuit and a wrong scale look like this.
 * Source of the default margin: NAMUR NE 43 takes a 4–20 mA signal for a measurement from 3.8 to 20.5 mA and for a failure at 3.6 mA
 * and less or 21 mA and more, which is 2.5 % below and 6.25 % above the range.
 * It is wrong where `range` says what is usual for the machine and not what the instrument can measure.
 */
export const range: Detector<typeof Config, State> = {
  kind: 'range',
  about: 'instrument',
  config: Config,

  refuse({ low, high }) {
    if (low === undefined || high === undefined || low < high) return null;
    return `low (${low}) must be lower than high (${high})`;
  },

  refuseTag(config, { tag, range: measured }) {
    if (config.low !== undefined || config.high !== undefined || measured) return null;
    return `needs low or high, because ${tag} has no range`;
  },

  init: () => ({ outside: null }),

  back(inputs, config, seen) {
    if (limitExceeded(inputs[0]!, config, seen.subject) !== null) return null; // another excursion, not yet long enough
    return backBehind(inputs[0]!, seen.before.limit, seen);
  },

  step(state, at, inputs, config, subject) {
    const value = inputs[0]!;
    if (!Number.isFinite(value)) return UNKNOWN;
    const exceeded = limitExceeded(value, config, subject);
    if (exceeded === null) {
      state.outside = null;
      return NORMAL;
    }
    const isSame = state.outside !== null && at - state.outside.last <= Math.max(config.for, LONGEST_HOLE_MS);
    const since = isSame && state.outside ? state.outside.since : at;
    state.outside = { since, last: at };
    const outsideMs = at - since;
    if (outsideMs < config.for) return { state: 'normal', score: outsideMs / config.for };
    const explanation = explain(value, exceeded, outsideMs, subject);
    return { state: 'abnormal', score: 1, finding: { value, limit: exceeded, explanation } };
  },
};

/** The limit that the value is beyond, tag unit; `null` when it is inside or there is none. */
function limitExceeded(value: number, config: RangeConfig, subject: Subject): number | null {
  const [low, high] = believedBetween(config, subject);
  if (value < low) return low;
  return value > high ? high : null;
}

/** From where to where a reading is believed, tag unit; infinite where there is no end. */
export function believedBetween(config: RangeConfig, { range: measured }: Subject): readonly [number, number] {
  const margin = measured ? (config.margin / 100) * (measured[1] - measured[0]) : 0;
  return [
    config.low ?? (measured ? measured[0] - margin : Number.NEGATIVE_INFINITY),
    config.high ?? (measured ? measured[1] + margin : Number.POSITIVE_INFINITY),
  ];
}

function explain(value: number, limit: number, outsideMs: number, { tag, unit }: Subject): string {
  const side = value < limit ? 'below' : 'above';
  const lasted = outsideMs > 0 ? ` for ${sayDuration(outsideMs)}` : '';
  const reading = withUnit(sayNumberUnlike(value, limit), unit);
  return `${tag} has read ${reading}${lasted}, ${side} ${withUnit(sayNumber(limit), unit)}, where its instrument measures nothing: wiring, scale or sensor`;
}
