import { type Static, Type } from 'typebox';
import { type Blocks, startBlocks, takeIn } from '../blocks.ts';
import { type Detector, duration, type Subject, sayDuration, type Verdict } from '../detector.ts';
import { mayTrend } from '../math/mann-kendall.ts';
import { isTrend, type RobustLine, robustLine } from '../math/robust-line.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { NORMAL, UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    perDay: Type.Number({
      exclusiveMinimum: 0,
      description: 'A trend that is steeper than this is abnormal, tag unit per day.',
      examples: [0.5],
    }),
    direction: Type.Union([Type.Literal('both'), Type.Literal('up'), Type.Literal('down')], {
      default: 'both',
      description: 'Which way a trend must go to be abnormal.',
    }),
    every: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        default: '1h',
        description: 'Readings are judged by their median over this time; 1d for a tag that follows the time of day.',
      }),
    ),
    blocks: Type.Integer({
      minimum: 12,
      maximum: 90,
      default: 72,
      description: 'How many of these medians the trend is sought in; two thirds of them must be there.',
    }),
    sigmas: Type.Number({
      minimum: 2,
      default: 3,
      description: 'How certain a trend must be, in normal standard deviations of both the test and its interval.',
    }),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;

/** `last`: what the last complete stretch led to; it stands until the next. */
interface State {
  readonly blocks: Blocks;
  last: Verdict;
}

const DAY_MS = 86_400_000;
/** Of the stretches of a window that must be there. */
const ENOUGH = 2 / 3;

/**
 * A slow rise or fall that is certain and steeper than allowed: the Mann-Kendall test with ties and autocorrelation, and
 * the Theil-Sen slope with its interval, over medians of `every`. The slope itself must exceed `perDay`, its interval must exclude none.
 * Sources: M. G. Kendall, Rank Correlation Methods, 1975; K. H. Hamed & A. R. Rao, J. Hydrology 204, 1998; P. K. Sen,
 * J. Amer. Statist. Assoc. 63, 1968.
 * It is wrong where half a season lies in the window, and blind to a trend of less than some four times the scatter of the medians
 * over the window. Unknown until two thirds of the window are there.
 */
export const trend: Detector<typeof Config, State> = {
  kind: 'trend',
  about: 'machine',
  keepsLearnt: true,
  config: Config,

  init: () => ({ blocks: startBlocks(), last: UNKNOWN }),

  step(state, at, inputs, config, subject) {
    const value = inputs[0]!;
    if (!Number.isFinite(value)) return UNKNOWN;
    if (takeIn(state.blocks, at, value, config)) state.last = judge(state.blocks, config, subject);
    return state.last;
  },
};

function judge({ numbers, values }: Blocks, config: Config, subject: Subject): Verdict {
  const { blocks, sigmas, direction, perDay, every } = config;
  if (values.length < ENOUGH * blocks) return UNKNOWN;
  if (!mayTrend(values, sigmas)) return NORMAL;
  const line = robustLine(numbers, values, sigmas);
  const daily = line.slope * (DAY_MS / every);
  const isWanted = direction === 'both' || daily > 0 === (direction === 'up');
  const score = Math.min(1, Math.abs(daily) / perDay / 2);
  if (isWanted && Math.abs(daily) > perDay && isTrend(line, sigmas)) return find(line, numbers, config, subject);
  return { state: 'normal', score: Math.min(0.5, score) };
}

function find(
  line: RobustLine,
  numbers: readonly number[],
  { perDay, every, sigmas }: Config,
  subject: Subject,
): Verdict {
  const { tag, unit } = subject;
  const said = (value: number) => withUnit(sayNumber(value), unit);
  const perStep = DAY_MS / every;
  const span = numbers.at(-1)! - numbers[0]!;
  const [from, to] = [line.low * perStep, line.high * perStep].map(Math.abs).sort((a, b) => a - b);
  const daily = Math.abs(line.slope * perStep);
  const allowed = line.first + (Math.sign(line.slope) * perDay * span) / perStep;
  const explanation =
    `${tag} ${line.slope > 0 ? 'rises' : 'falls'} by ${said(daily)} a day (${sayNumber(from!)} to ${sayNumber(to!)} at ${sayNumber(sigmas)} standard deviations), ` +
    `from ${said(line.first)} to ${said(line.last)} over the last ${sayDuration(span * every)}; ${said(perDay)} a day is allowed`;
  return {
    state: 'abnormal',
    score: Math.min(1, daily / perDay / 2),
    finding: { value: line.last, limit: allowed, explanation },
  };
}
