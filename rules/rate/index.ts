import { type Static, Type } from 'typebox';
import { type Blocks, startBlocks, takeIn } from '../blocks.ts';
import { type Detector, duration, type Subject, sayDuration, type Verdict } from '../detector.ts';
import { mayTrend } from '../math/mann-kendall.ts';
import { robustLine } from '../math/robust-line.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { NORMAL, UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    rise: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'A faster rise than this is abnormal, tag unit per `per`.',
        examples: [5],
      }),
    ),
    fall: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'A faster fall than this is abnormal, tag unit per `per`.',
        examples: [5],
      }),
    ),
    per: Type.Union([Type.Literal('second'), Type.Literal('minute'), Type.Literal('hour')], {
      default: 'minute',
      description: 'The time that `rise` and `fall` are for.',
    }),
    over: Type.Unsafe<number>(
      duration({
        minimum: '16s',
        default: '10m',
        description: 'The slope is taken over this time; at least twelve of its sixteen parts must have a reading.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;

/** `isTold`: the rate was beyond its limit last. */
interface State {
  readonly blocks: Blocks;
  isTold: boolean;
  last: Verdict;
}

const PER_MS = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const;
/** Parts of the time a slope is taken over, and how many of them must be there. */
const PARTS = 16;
const ENOUGH = 12;
/** A slope that is not this certain is noise, whatever it is. */
const SIGMAS = 2.6;
/** A rate is told until it is below this part of its limit. */
const BACK = 0.9;

/**
 * How fast a tag rises or falls: the Theil-Sen slope over sixteen parts of `over`, so that up to a quarter of wild values does not
 * turn it, and only when the Mann-Kendall test is sure of the direction (99 %).
 * Source: P. K. Sen, J. Amer. Statist. Assoc. 63, 1968.
 * It is wrong when the source reads more slowly than a sixteenth of `over`: then it is unknown.
 */
export const rate: Detector<typeof Config, State> = {
  kind: 'rate',
  about: 'machine',
  config: Config,

  refuse: ({ rise, fall }) => (rise === undefined && fall === undefined ? 'needs at least one of rise, fall' : null),

  init: () => ({ blocks: startBlocks(), isTold: false, last: UNKNOWN }),

  step(state, at, inputs, config, subject) {
    const value = inputs[0]!;
    if (!Number.isFinite(value)) return UNKNOWN;
    if (takeIn(state.blocks, at, value, { every: config.over / PARTS, blocks: PARTS })) {
      state.last = judge(state, config, subject);
    }
    return state.last;
  },
};

function judge(state: State, { rise, fall, per, over }: Config, { tag, unit }: Subject): Verdict {
  const { numbers, values } = state.blocks;
  if (values.length < ENOUGH) return UNKNOWN;
  const wasTold = state.isTold;
  state.isTold = false;
  if (!mayTrend(values, SIGMAS)) return NORMAL;
  const part = over / PARTS;
  const line = robustLine(numbers, values, SIGMAS);
  const speed = (line.slope * PER_MS[per]) / part;
  const limit = speed > 0 ? rise : fall;
  if (limit === undefined) return NORMAL;
  const fast = Math.abs(speed);
  if (fast <= (wasTold ? BACK * limit : limit)) return { state: 'normal', score: Math.min(0.5, fast / limit / 2) };
  state.isTold = true;
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const spanMs = (numbers.at(-1)! - numbers[0]!) * part;
  return {
    state: 'abnormal',
    score: fast / (fast + limit),
    finding: {
      value: line.last,
      limit: line.first + (Math.sign(speed) * limit * spanMs) / PER_MS[per],
      explanation: `${tag} ${speed > 0 ? 'rises' : 'falls'} by ${said(fast)} a ${per}, from ${said(line.first)} to ${said(line.last)} in ${sayDuration(spanMs)}; ${said(limit)} a ${per} is allowed`,
    },
  };
}
