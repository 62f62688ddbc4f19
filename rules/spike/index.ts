import { type Static, Type } from 'typebox';
import { type Detector, duration, type EpochMs, type Subject, type Verdict } from '../detector.ts';
import { resolutionOf } from '../math/resolution.ts';
import { plainScale, robustScale } from '../math/robust.ts';
import { minSigma } from '../min-sigma.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { NORMAL, UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    readings: Type.Integer({
      minimum: 7,
      maximum: 31,
      default: 21,
      description: 'How many readings before it a reading is compared with.',
    }),
    deviations: Type.Number({
      minimum: 3,
      default: 10,
      description: 'Farther from their median than this many robust standard deviations is a spike.',
    }),
    minSigma: minSigma('robust standard deviation'),
    longest: Type.Integer({
      minimum: 1,
      maximum: 5,
      default: 3,
      description: 'A value that stays away for more readings than this is no spike but the new level.',
    }),
    tell: Type.Union([Type.Literal('at-once'), Type.Literal('returned')], {
      default: 'at-once',
      description: 'Abnormal with the first reading away, or only when the value has come back.',
    }),
    gap: Type.Unsafe<number>(
      duration({
        minimum: '1s',
        default: '5m',
        description: 'A longer hole between two readings starts the comparison again.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;

/** `near`: the last readings that were no spikes, oldest first, tag unit. `away`: those in a row that may be one. */
interface State {
  near: number[];
  away: number[];
  last: EpochMs;
}

/**
 * A reading that leaves the neighbourhood of its predecessors and comes back: a loose contact, interference, a lost bit. It is away
 * when it is farther from their median than `deviations` times 1.4826 times their median absolute deviation; the width is not
 * below half their standard deviation, nor below one step of a coarse sensor. A value that stays away for more than `longest` readings is
 * the new level, which is learnt anew. Before there are enough predecessors, and while they are all the same and `minSigma` is 0,
 * the verdict is unknown. The state has at most 36 values.
 * Source: F. R. Hampel, J. Am. Stat. Assoc. 69(346), 1974 (identifier); R. K. Pearson, IEEE Trans. Control Syst. Technol. 10(1),
 * 2002 (the filter, here with predecessors only).
 * It is wrong where the machine itself makes single high readings (impacts, dosing valves), and for `longest` readings at a sudden start: use `when`.
 */
export const spike: Detector<typeof Config, State> = {
  kind: 'spike',
  about: 'instrument',
  config: Config,

  init: () => ({ near: [], away: [], last: 0 }),

  step(state, at, inputs, config, subject) {
    const value = inputs[0]!;
    if (!Number.isFinite(value)) return UNKNOWN;
    if (at - state.last > config.gap) Object.assign(state, { near: [], away: [] });
    state.last = at;
    if (state.near.length < config.readings) {
      state.near.push(value);
      return UNKNOWN;
    }
    if (isSurelyNear(value, state, config)) {
      push(state, value);
      return NORMAL;
    }
    const { centre, width } = robustScale(state.near);
    const sigma = Math.max(width, resolutionOf(state.near), config.minSigma);
    const distance = Math.abs(value - centre);
    if (sigma > 0 && distance > config.deviations * sigma) {
      return leave(state, value, { centre, sigma, config, subject });
    }
    const verdict = comeBack(state, { centre, sigma, config, subject });
    push(state, value);
    return sigma === 0 ? UNKNOWN : (verdict ?? NORMAL);
  },
};

/**
 * Spares nearly every reading the sorting: the median is within one standard deviation of the mean and the robust width not
 * below half of one, so what is this near the mean is near the median.
 */
function isSurelyNear(value: number, { near, away }: State, { deviations }: Config): boolean {
  if (away.length > 0) return false;
  const { mean, deviation } = plainScale(near);
  return deviation > 0 && Math.abs(value - mean) + deviation <= (deviations / 2) * deviation;
}

function push(state: State, value: number): void {
  state.near.shift();
  state.near.push(value);
}

interface Neighbourhood {
  readonly centre: number;
  readonly sigma: number;
  readonly config: Config;
  readonly subject: Subject;
}

function leave(state: State, value: number, around: Neighbourhood): Verdict {
  state.away.push(value);
  if (state.away.length > around.config.longest) {
    state.near = state.away;
    state.away = [];
    return NORMAL;
  }
  return around.config.tell === 'at-once' ? find(value, around) : UNKNOWN;
}

/** The verdict on a spike that is over; `null` when there was none or it was told before. */
function comeBack(state: State, around: Neighbourhood): Verdict | null {
  const { away } = state;
  if (away.length === 0) return null;
  state.away = [];
  if (around.config.tell === 'at-once') return null;
  const farthest = away.reduce((far, value) =>
    Math.abs(value - around.centre) > Math.abs(far - around.centre) ? value : far,
  );
  return find(farthest, around);
}

function find(value: number, { centre, sigma, config, subject: { tag, unit } }: Neighbourhood): Verdict {
  const width = config.deviations * sigma;
  const limit = value > centre ? centre + width : centre - width;
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const explanation = `${tag} jumped to ${said(value)} where ${said(centre)} ± ${said(width)} came before: a spike of the instrument, if it comes back`;
  const distance = Math.abs(value - centre);
  return { state: 'abnormal', score: distance / (distance + width), finding: { value, limit, explanation } };
}
