import { type Static, Type } from 'typebox';
import { backBehind } from '../back.ts';
import type { Detector, Finding, Level, Subject, Verdict } from '../detector.ts';
import { sayNumber, sayNumberUnlike, withUnit } from '../say-number.ts';
import { NORMAL, UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    highHigh: Type.Optional(Type.Number({ description: 'Above this the level is HH, tag unit.', examples: [7.1] })),
    high: Type.Optional(Type.Number({ description: 'Above this the level is H, tag unit.', examples: [4.5] })),
    low: Type.Optional(Type.Number({ description: 'Below this the level is L, tag unit.', examples: [2] })),
    lowLow: Type.Optional(Type.Number({ description: 'Below this the level is LL, tag unit.', examples: [1.5] })),
    deadband: Type.Number({
      minimum: 0,
      default: 0,
      description: 'How far the value must come back inside a limit before that limit is left, tag unit.',
      examples: [0.2],
    }),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;

/** `level`: the limit that was exceeded after the last good reading, which decides where the deadband applies. */
interface State {
  level: Level | null;
}

const LEVELS = ['HH', 'H', 'L', 'LL'] as const satisfies readonly Level[];
const SETTING = { HH: 'highHigh', H: 'high', L: 'low', LL: 'lowLow' } as const satisfies Record<Level, keyof Config>;
const WORDS = { HH: 'high-high', H: 'high', L: 'low', LL: 'low-low' } as const satisfies Record<Level, string>;

/**
 * Fixed limits with hysteresis: abnormal above `high` or below `low`, worse beyond `highHigh` and `lowLow`.
 * A value exactly on a limit has not exceeded it. Once exceeded, a limit is left when the value is back at
 * limit ∓ deadband, so that noise around a limit is one excursion. The score is 0 inside the limits, 0.5 at the first
 * limit, 1 at the second and beyond (at once where there is no second).
 * Source: ANSI/ISA-18.2-2016 §3 (deadband), §10 (basic alarm design).
 */
export const limit: Detector<typeof Config, State> = {
  kind: 'limit',
  about: 'machine',
  config: Config,

  refuse(config) {
    const given = (['lowLow', 'low', 'high', 'highHigh'] as const).filter((name) => config[name] !== undefined);
    if (given.length === 0) return 'needs at least one of high, highHigh, low, lowLow';
    for (const [index, name] of given.slice(1).entries()) {
      const below = given[index]!; // slice(1) makes index the place of the one before
      if (config[below]! >= config[name]!) {
        return `${below} (${config[below]}) must be lower than ${name} (${config[name]})`;
      }
    }
    const low = config.low ?? config.lowLow;
    const high = config.high ?? config.highHigh;
    if (low !== undefined && high !== undefined && config.deadband >= high - low) {
      return `deadband (${config.deadband}) must be smaller than the distance from the low limit to the high limit (${sayNumber(high - low)})`;
    }
    return null;
  },

  refuseTag({ highHigh, high = highHigh, lowLow, low = lowLow, deadband }, { tag, range }) {
    if (range === undefined) return null;
    const [least, most] = range;
    // What lies beyond the range is bad, and nothing clears by it.
    if (high !== undefined && upper(high, true, deadband) < least)
      return `an alert of ${tag} would never end: it ends at ${sayNumber(high - deadband)} (limit less deadband), and its range is ${least} to ${most}`;
    if (low !== undefined && lower(low, true, deadband) > most)
      return `an alert of ${tag} would never end: it ends at ${sayNumber(low + deadband)} (limit and deadband), and its range is ${least} to ${most}`;
    return null;
  },

  doubt({ highHigh, high, low, lowLow, deadband }, tag) {
    const pairs = [
      ['high', high, 'highHigh', highHigh],
      ['low', low, 'lowLow', lowLow],
    ] as const;
    for (const [near, nearer, far, farther] of pairs) {
      if (nearer === undefined || farther === undefined) continue;
      const distance = Math.abs(farther - nearer);
      const slack = rounding(farther, distance);
      const between = `the distance from ${near} to ${far} (${sayNumber(distance)})`;
      const write = `below ${sayNumber(distance)}, such as ${sayNumber(distance / 10)}`;
      if (deadband > distance + slack)
        return `deadband (${deadband}) is wider than ${between}: what was beyond ${far} never steps down to ${near} while it is still beyond that: write a deadband ${write}`;
      if (tag.deadband > distance + slack)
        return `${tag.tag} keeps no change smaller than its deadband (${sayNumber(tag.deadband)}), which is wider than ${between}: a value between the two may go unseen until its heartbeat: give the tag a deadband ${write}`;
    }
    return null;
  },

  init: () => ({ level: null }),

  step(state, _at, inputs, config) {
    const value = inputs[0]!;
    if (!Number.isFinite(value)) return UNKNOWN;
    state.level = levelOf(value, state.level, config);
    return verdictOn(value, state.level, config);
  },

  say({ value, limit: exceeded }, config, subject) {
    const level = LEVELS.find((each) => config[SETTING[each]] === exceeded)!; // `step` found it beyond one of them
    return explain(value, exceeded, level, subject);
  },

  back(inputs, { highHigh, high, lowLow, low }, seen) {
    const exceeded = seen.before.limit;
    // Who falls from beyond the second limit at once is behind the first one, too.
    const behind = exceeded === highHigh ? (high ?? exceeded) : exceeded === lowLow ? (low ?? exceeded) : exceeded;
    return backBehind(inputs[0]!, behind, seen);
  },
};

/** The limit that counts as exceeded, given the one that did before. */
function levelOf(value: number, before: Level | null, config: Config): Level | null {
  const wasHigh = before === 'HH' || before === 'H';
  const wasLow = before === 'LL' || before === 'L';
  if (value > upper(config.highHigh, before === 'HH', config.deadband)) return 'HH';
  if (value < lower(config.lowLow, before === 'LL', config.deadband)) return 'LL';
  // The other side is asked without its deadband first: a value that fell from above `high` to below `low` is low.
  if (wasHigh && value < lower(config.low, false, config.deadband)) return 'L';
  if (value > upper(config.high, wasHigh, config.deadband)) return 'H';
  if (value < lower(config.low, wasLow, config.deadband)) return 'L';
  return null;
}

function upper(limitValue: number | undefined, exceeded: boolean, deadband: number): number {
  if (limitValue === undefined) return Number.POSITIVE_INFINITY;
  return exceeded ? limitValue - deadband + rounding(limitValue, deadband) : limitValue;
}

function lower(limitValue: number | undefined, exceeded: boolean, deadband: number): number {
  if (limitValue === undefined) return Number.NEGATIVE_INFINITY;
  return exceeded ? limitValue + deadband - rounding(limitValue, deadband) : limitValue;
}

/** What a sum of decimal fractions may be off by: 4.5 less 4.4 is a little less than 0.1, and the least a tag can read may be 0.1. */
function rounding(limitValue: number, deadband: number): number {
  return Math.min(deadband, 1e-12 * (Math.abs(limitValue) + deadband));
}

function verdictOn(value: number, level: Level | null, config: Config): Verdict {
  if (level === null) return NORMAL;
  const exceeded = config[SETTING[level]]!; // levelOf answers only with limits that are set
  const finding: Finding = { value, limit: exceeded, explanation: '' };
  return { state: 'abnormal', score: scoreOf(value, level, config), level, finding };
}

function explain(value: number, exceeded: number, level: Level, { tag, unit }: Subject): string {
  const isHigh = level === 'HH' || level === 'H';
  const beyond = isHigh ? value - exceeded : exceeded - value;
  const said = withUnit(sayNumberUnlike(value, exceeded), unit);
  const boundary = `the ${WORDS[level]} limit of ${withUnit(String(exceeded), unit)}`;
  if (beyond <= 0) return `${tag} is ${said}, not yet clear of ${boundary}`;
  return `${tag} is ${said}, ${withUnit(sayNumber(beyond), unit)} ${isHigh ? 'above' : 'below'} ${boundary}`;
}

function scoreOf(value: number, level: Level, config: Config): number {
  if (level === 'HH' || level === 'LL') return 1;
  const [first, second] = level === 'H' ? [config.high, config.highHigh] : [config.low, config.lowLow];
  if (first === undefined || second === undefined) return 1;
  const way = (value - first) / (second - first);
  return 0.5 + 0.5 * Math.min(1, Math.max(0, way));
}
