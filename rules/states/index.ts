import { type Static, Type } from 'typebox';
import { type Detector, duration, type EpochMs, type Subject, sayDuration, type Verdict } from '../detector.ts';
import { deviationOf, learn, type Moments, startMoments } from '../math/moments.ts';
import { minSigma } from '../min-sigma.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    off: Type.Number({
      minimum: 0,
      default: 0,
      description: 'Up to this the machine is off and not judged, unit of the state tag.',
      examples: [50],
    }),
    width: Type.Number({
      exclusiveMinimum: 0,
      description: 'Values of the state tag that lie within this of each other are one state, its unit.',
      examples: [250],
    }),
    settle: Type.Unsafe<number>(
      duration({
        minimum: '0s',
        default: '10m',
        description: 'After a change of state nothing is judged or learnt for this long: starts, stops and warming up.',
      }),
    ),
    learn: Type.Integer({
      minimum: 50,
      default: 500,
      description: 'Readings to learn each state from. The machine must be well meanwhile.',
    }),
    sigmas: Type.Number({
      minimum: 3,
      default: 6,
      description: 'Width of what is normal in a state, in standard deviations of the smoothed value.',
    }),
    minSigma: minSigma('learnt standard deviation'),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;
/** Its settings. */
export type StatesConfig = Config;

/**
 * `states`: what the tag was like by state, the n-th from n·`width` on. `anchor`: state tag when the present state began, `null`
 * before any. `settled`: when it counts as steady. `smoothed`: deviation in learnt standard deviations. `since`: when it left normal.
 */
interface State {
  readonly states: Record<string, Moments>;
  anchor: number | null;
  settled: EpochMs;
  smoothed: number;
  since: EpochMs | null;
}
/** Its memory. */
export type StatesState = State;

/** Weight of the newest reading. */
const LAMBDA = 0.2;
/** Faster or fuller than this many states is one state. */
const MOST_STATES = 24;

/**
 * Judges a tag by what it is in the present operating state: `on: [tag, state tag]`, where the second is a speed, a current or
 * a power. Off is never judged; each step of `width` above is a state of its own with its own learnt normal, judged by an EWMA chart; after
 * a change of state nothing is judged for `settle`, so that starts and stops never alarm.
 * Sources: S. W. Roberts, Technometrics 1(3), 1959; J. M. Lucas & M. S. Saccucci, Technometrics 32(1), 1990 (the chart).
 * It is wrong where something else than the state moves the tag (the hall's temperature), and knows nothing of a state it has not seen often enough.
 */
export const states: Detector<typeof Config, State> = {
  kind: 'states',
  about: 'machine',
  config: Config,
  joins: true,

  refuseTag(_config, { inputs = [] }) {
    return inputs.length === 2
      ? null
      : `needs two tags, the one that is judged and the one that says the state, not ${inputs.length}`;
  },

  init: () => ({ states: {}, anchor: null, settled: 0, smoothed: 0, since: null }),

  step(state, at, inputs, config, subject) {
    const value = inputs[0]!;
    const drive = Math.abs(inputs[1]!);
    if (!Number.isFinite(drive)) return UNKNOWN;
    if (isOther(state.anchor, drive, config)) {
      state.anchor = drive;
      state.settled = at + config.settle;
      state.smoothed = 0;
      state.since = null;
    }
    if (drive <= config.off || at < state.settled || !Number.isFinite(value)) return UNKNOWN;
    return judge(state, at, value, { config, subject });
  },
};

/** Whether the state tag has moved away from where the state began, or over the edge of off. */
function isOther(anchor: number | null, drive: number, { off, width }: Config): boolean {
  if (anchor === null || anchor > off !== drive > off) return true;
  return drive > off && Math.abs(drive - anchor) > width / 2;
}

function judge(
  state: State,
  at: EpochMs,
  value: number,
  { config, subject }: { readonly config: Config; readonly subject: Subject },
): Verdict {
  // by where it began: a speed that trembles on an edge is one state
  const name = stateOf(state.anchor!, config);
  const normal = state.states[name] ?? startMoments();
  if (normal.count < config.learn) {
    state.states[name] = normal;
    learn(normal, value);
    return UNKNOWN;
  }
  const sigma = Math.max(deviationOf(normal), config.minSigma);
  if (sigma === 0) return UNKNOWN; // nothing moved while it learnt: there is no measure of anything
  state.smoothed += LAMBDA * ((value - normal.mean) / sigma - state.smoothed);
  const limit = controlLimit(config);
  const away = Math.abs(state.smoothed);
  if (away <= limit) {
    state.since = null;
    return { state: 'normal', score: away / limit / 2 };
  }
  state.since ??= at;
  const range = [name * config.width, (name + 1) * config.width] as const;
  const finding = find(state, { normal, sigma, limit, range, lastedMs: at - state.since }, subject);
  return { state: 'abnormal', score: away / (away + limit), finding };
}

/** The state that begins at this speed, current or power. */
export function stateOf(drive: number, { width }: Config): number {
  return Math.min(MOST_STATES - 1, Math.floor(drive / width));
}

/** How far the smoothed value may be from the mean, learnt standard deviations. */
export function controlLimit({ sigmas }: Config): number {
  return sigmas * Math.sqrt(LAMBDA / (2 - LAMBDA));
}

function find(
  { smoothed }: State,
  {
    normal,
    sigma,
    limit,
    range,
    lastedMs,
  }: {
    readonly normal: Moments;
    readonly sigma: number;
    readonly limit: number;
    readonly range: readonly [number, number];
    readonly lastedMs: number;
  },
  { tag, unit, inputs }: Subject,
) {
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const value = normal.mean + smoothed * sigma;
  const drive = inputs?.[1];
  const between = `${sayNumber(range[0])} to ${withUnit(sayNumber(range[1]), drive?.unit ?? '')}`;
  const lasted = lastedMs > 0 ? ` for ${sayDuration(lastedMs)}` : '';
  return {
    value,
    limit: normal.mean + Math.sign(smoothed) * limit * sigma,
    explanation:
      `${tag} is ${said(value)} on average where ${said(normal.mean)} ± ${said(limit * sigma)} is normal with ${drive?.tag ?? 'its state'} at ${between}: ` +
      `too ${smoothed > 0 ? 'high' : 'low'}${lasted} (learnt from ${normal.count} readings of this state)`,
  };
}
