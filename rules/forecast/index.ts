import { type Static, Type } from 'typebox';
import { type Blocks, startBlocks, takeIn } from '../blocks.ts';
import { type Detector, duration, type Subject, type Verdict } from '../detector.ts';
import { mayTrend } from '../math/mann-kendall.ts';
import { median } from '../math/robust.ts';
import { isTrend, type RobustLine, robustLine } from '../math/robust-line.ts';
import { stepsToLimit } from '../math/time-to-limit.ts';
import { NORMAL, UNKNOWN } from '../verdict.ts';
import { sayForecast, sayReached } from './say.ts';

const Config = Type.Object(
  {
    high: Type.Optional(
      Type.Number({ description: 'The limit that a rise must not reach, tag unit.', examples: [7.1] }),
    ),
    low: Type.Optional(
      Type.Number({ description: 'The limit that a fall must not reach, tag unit.', examples: [1.5] }),
    ),
    within: Type.Unsafe<number>(
      duration({
        minimum: '1m',
        default: '30d',
        description:
          'A limit that will be reached sooner than this is abnormal (level H or L); later ones are only known.',
      }),
    ),
    soon: Type.Unsafe<number>(
      duration({
        minimum: '1m',
        default: '7d',
        description: 'A limit that will be reached sooner than this is level HH or LL.',
      }),
    ),
    growth: Type.Union([Type.Literal('linear'), Type.Literal('exponential')], {
      default: 'linear',
      description: 'Whether the same amount is added each day, or the same share (wear that feeds itself).',
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
      description: 'How many of these medians the line goes through; two thirds of them must be there.',
    }),
    sigmas: Type.Number({
      minimum: 2,
      default: 3,
      description: 'How certain a trend must be before a forecast is made, in normal standard deviations.',
    }),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;
/** Its settings. */
export type ForecastConfig = Config;

/**
 * `last`: what the last complete stretch led to. `told`: the last stretch that led to a forecast, `null` when none did. `certain`: stretches in
 * a row with a certain trend, absent when there was none yet.
 */
interface State {
  readonly blocks: Blocks;
  last: Verdict;
  told: number | null;
  certain?: number;
}

const HOUR_MS = 3_600_000;
/** Nobody plans farther. */
const MOST_HOURS = 10 * 365.25 * 24;
/** Of the stretches of a window that must be there. */
export const ENOUGH = 2 / 3;
/**
 * A trend must be certain for this part of the window, one stretch after the other, before it is told: the test is made anew with each
 * stretch, and with 72 of them in each of 21 % of well machines something is certain for a stretch within four weeks, for six in 1 %.
 */
const LASTING = 1 / 12;
/** Medians that say where the tag is now. */
const PRESENT = 3;

/**
 * How long until a limit is reached: the robust line of `trend` through the last medians, drawn on; P10, P50 and P90 from
 * the uncertainty of its level, its slope and its wander. No forecast (unknown) before the trend has been certain for a twelfth
 * of the window; after a forecast, a whole window without any makes it normal again. The sooner, the higher the level.
 * Sources: P. K. Sen, J. Amer. Statist. Assoc. 63, 1968; C. J. Lu & W. Q. Meeker, Technometrics 35(2), 1993.
 * It is wrong when the wear goes on otherwise than it went in the window: what speeds up comes sooner than it says, until the
 * window has seen it.
 */
export const forecast: Detector<typeof Config, State> = {
  kind: 'forecast',
  about: 'machine',
  keepsLearnt: true,
  config: Config,

  refuse({ high, low, growth, soon, within }) {
    if (high === undefined && low === undefined) return 'needs at least one of high, low';
    if (high !== undefined && low !== undefined && low >= high) return `low (${low}) must be lower than high (${high})`;
    if (soon > within) return 'soon must not be longer than within';
    const isPositive = (high ?? 1) > 0 && (low ?? 1) > 0;
    return growth === 'exponential' && !isPositive ? 'exponential growth needs limits above 0' : null;
  },

  init: () => ({ blocks: startBlocks(), last: UNKNOWN, told: null }),

  step(state, at, inputs, config, subject) {
    const value = inputs[0]!;
    if (!Number.isFinite(value)) return UNKNOWN;
    if (takeIn(state.blocks, at, value, config)) state.last = judge(state, config, subject);
    return state.last;
  },
};

function judge(state: State, config: Config, subject: Subject): Verdict {
  const { numbers, values } = state.blocks;
  if (values.length < ENOUGH * config.blocks) return UNKNOWN;
  const now = numbers.at(-1)!;
  const within = { now, blocks: config.blocks };
  const verdict = reached(values, config, subject) ?? lasting(state, drawOn(state.blocks, config, subject), within);
  if (verdict !== null) state.told = now;
  if (verdict !== null || state.told === null) return verdict ?? UNKNOWN;
  return now - state.told >= config.blocks ? NORMAL : UNKNOWN;
}

/** A forecast that has lasted, or goes on after one that did; `null` while it may be chance. */
function lasting(
  state: State,
  drawn: Verdict | null,
  { now, blocks }: { now: number; blocks: number },
): Verdict | null {
  state.certain = drawn === null ? 0 : (state.certain ?? 0) + 1;
  const isKnown = state.told !== null && now - state.told < blocks;
  return isKnown || state.certain >= LASTING * blocks ? drawn : null;
}

function reached(values: readonly number[], { high, low, every }: Config, subject: Subject): Verdict | null {
  const present = median(values.slice(-PRESENT));
  const isHigh = high !== undefined && present >= high;
  if (!isHigh && (low === undefined || present > low)) return null;
  const limit = isHigh ? high : low!;
  return {
    state: 'abnormal',
    score: 1,
    level: isHigh ? 'HH' : 'LL',
    finding: { value: present, limit, explanation: sayReached({ present, limit, spanMs: PRESENT * every }, subject) },
    rul: { p10: 0, p50: 0, p90: 0 },
  };
}

function drawOn({ numbers, values }: Blocks, config: Config, subject: Subject): Verdict | null {
  const { sigmas, growth, every, within, soon } = config;
  if (!mayTrend(values, sigmas)) return null;
  const isGrowing = growth === 'exponential';
  if (isGrowing && values.some((value) => value <= 0)) return null;
  const line = robustLine(numbers, isGrowing ? values.map(Math.log) : values, sigmas);
  const limit = line.slope > 0 ? config.high : config.low;
  if (limit === undefined || !isTrend(line, sigmas)) return null;
  const hoursPerStep = every / HOUR_MS;
  const most = MOST_HOURS / hoursPerStep;
  const left = stepsToLimit(line, isGrowing ? Math.log(limit) : limit, { fitted: values.length, sigmas, most });
  if (left === null) return null;
  const hours = (steps: number) => Number((steps * hoursPerStep).toPrecision(3));
  const rul = { p10: hours(left.p10), p50: hours(left.p50), p90: hours(left.p90) };
  const leadMs = rul.p50 * HOUR_MS;
  if (leadMs > within) return { state: 'normal', score: (0.5 * within) / leadMs, rul };
  const present = isGrowing ? Math.exp(line.last) : line.last;
  const perDay = changePerDay(line, config);
  const spanMs = (numbers.at(-1)! - numbers[0]!) * every;
  const explanation = sayForecast({ rul, present, limit, perDay, spanMs }, subject);
  const [mild, strong] = limit === config.high ? (['H', 'HH'] as const) : (['L', 'LL'] as const);
  return {
    state: 'abnormal',
    score: 1 - (0.5 * leadMs) / within,
    level: leadMs <= soon ? strong : mild,
    finding: { value: present, limit, explanation },
    rul,
  };
}

/** By how much the line changes a day at its end, tag unit. */
function changePerDay({ slope, last }: RobustLine, { growth, every }: Config): number {
  const perDay = slope * ((24 * HOUR_MS) / every);
  return growth === 'exponential' ? Math.exp(last) * (Math.exp(perDay) - 1) : perDay;
}
