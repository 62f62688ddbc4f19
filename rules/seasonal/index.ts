import { type Static, Type } from 'typebox';
import { sayCount } from '../../src/model/count-words.ts';
import { type Blocks, completed, startBlocks } from '../blocks.ts';
import { type Detector, duration, type EpochMs, type Subject, sayDuration, type Verdict } from '../detector.ts';
import { minSigma } from '../min-sigma.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { UNKNOWN } from '../verdict.ts';
import { hourOfWeek, sayHour } from './hour-of-week.ts';
import { type Normal, normalIn, type Profile, startProfile, teach } from './profile.ts';

const Config = Type.Object(
  {
    deviations: Type.Number({
      minimum: 3,
      default: 6,
      description:
        'Farther from what the hour of the week usually has than this many of its standard deviations is abnormal.',
    }),
    lasting: Type.Integer({
      minimum: 1,
      default: 3,
      description: 'How many values in a row must be that far off.',
    }),
    minSigma: minSigma('standard deviation'),
    learn: Type.Unsafe<number>(
      duration({
        minimum: '1w',
        default: '3w',
        description:
          'How long it learns before it judges. It goes on learning from what is normal; an hour of the week is judged once it has been seen for two weeks.',
      }),
    ),
    every: Type.Unsafe<number>(
      duration({
        minimum: '1m',
        maximum: '1h',
        default: '15m',
        description: 'Readings are judged by their median over this time.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;
/** Its settings. */
export type SeasonalConfig = Config;

/** `from`: the first value. `off`: values in a row that were too far off, and since when. */
interface State {
  readonly blocks: Blocks;
  timezone: string;
  profile: Profile;
  from: EpochMs | null;
  off: number;
  since: EpochMs;
  last: Verdict;
}
/** Its memory. */
export type SeasonalState = State;

/** Fewer values than this say nothing about an hour, */
const FEWEST = 3;
/** nor does a single week: the values of one hour are one load, one weather, and how weeks differ shows from the second on. */
const FEWEST_WEEKS = 2;
const HOUR_MS = 3_600_000;

/**
 * Judges a tag by what it usually has in this hour of the week, by the plant's wall clock: robust middle and width for each
 * of 168 hours, helped by the hours around it while they are few. For what follows shifts, sun and people.
 * Sources: P. J. Huber, Ann. Math. Statist. 35(1), 1964; R. D. Martin & C. J. Masreliez, IEEE Trans. Inf. Theory 21(3), 1975;
 * B. Efron & C. Morris, JASA 70, 1975.
 * It is wrong on holidays (a Monday that is like a Sunday), when the shift plan changes, and where the load does not follow the clock.
 */
export const seasonal: Detector<typeof Config, State> = {
  kind: 'seasonal',
  about: 'machine',
  keepsLearnt: true,
  config: Config,

  init: () => ({
    blocks: startBlocks(),
    timezone: '',
    profile: startProfile(),
    from: null,
    off: 0,
    since: 0,
    last: UNKNOWN,
  }),

  step(state, at, inputs, config, subject) {
    if (!Number.isFinite(inputs[0]!)) return UNKNOWN;
    const stretch = state.blocks.number;
    const value = completed(state.blocks, at, inputs[0]!, config.every);
    if (Number.isNaN(value)) return state.last;
    state.last = judge(state, (stretch + 0.5) * config.every, value, { config, subject });
    return state.last;
  },
};

function judge(
  state: State,
  at: EpochMs,
  value: number,
  { config, subject }: { readonly config: Config; readonly subject: Subject },
): Verdict {
  const timezone = subject.timezone ?? 'UTC';
  if (timezone !== state.timezone) Object.assign(state, { timezone, profile: startProfile(), from: null });
  state.from ??= at;
  const hour = hourOfWeek(at, timezone);
  const normal = normalOf(state, hour, config);
  const { width } = normal;
  const away = Math.abs(value - normal.centre);
  const isKnown = at - state.from >= config.learn && normal.values >= fewestOf(config) && width > 0;
  if (!isKnown || away <= width) {
    teach(state.profile, hour, value);
    state.off = 0;
    return isKnown ? { state: 'normal', score: away / width / 2 } : UNKNOWN;
  }
  state.off++;
  if (state.off === 1) state.since = at;
  if (state.off < config.lasting) return { state: 'normal', score: 0.5 };
  const finding = find(value, normal, width, { hour, lastedMs: at - state.since, subject });
  return { state: 'abnormal', score: away / (away + width), finding };
}

/** How many values of an hour of the week it must know before it judges it. */
export function fewestOf({ every }: Config): number {
  return Math.max(FEWEST, FEWEST_WEEKS * Math.floor(HOUR_MS / every));
}

/** What is usual in an hour of the week; `width`: how far a value may be away. */
export function normalOf({ profile }: State, hour: number, { minSigma, deviations }: Config): Normal {
  const normal = normalIn(profile, hour);
  return { ...normal, width: Math.max(normal.width, minSigma) * deviations };
}

function find(
  value: number,
  { centre, values }: Normal,
  width: number,
  { hour, lastedMs, subject: { tag, unit } }: { hour: number; lastedMs: number; subject: Subject },
) {
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const isHigh = value > centre;
  return {
    value,
    limit: isHigh ? centre + width : centre - width,
    explanation:
      `${tag} is ${said(value)} where ${said(centre)} ± ${said(width)} is normal ${sayHour(hour)}: ` +
      `too ${isHigh ? 'high' : 'low'} for ${sayDuration(lastedMs)} (learnt from ${sayCount(values, 'value')} of this hour)`,
  };
}
