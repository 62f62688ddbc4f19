import { type Static, Type } from 'typebox';
import { type Detector, type EpochMs, type Subject, sayDuration, type Verdict } from '../detector.ts';
import { D2, hearNoise, NOISE_SETTINGS, type NoiseLevel, startNoise } from '../noise-level.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    share: Type.Number({
      exclusiveMinimum: 0,
      exclusiveMaximum: 0.6,
      default: 0.2,
      description: 'Noise below this share of the learnt one is abnormal.',
      examples: [0.1],
    }),
    ...NOISE_SETTINGS,
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;

/** `since`: when the noise fell; `null` while it is as usual. */
interface State extends NoiseLevel {
  since: EpochMs | null;
}

/** Noise must come back by this factor above `share` before it counts as back: it scatters around the limit, too. */
const BACK = 1.5;

/**
 * A sensor whose noise has died: frozen and dithering by its last digit, filtered to death, or no longer in touch with what it measures, while
 * readings go on. Noise is the mean absolute difference of successive readings over 2/√π, which slow changes of
 * the level do not move. What is usual is learnt once, over `learn` readings; after that an exponential mean over `window` readings
 * is abnormal below `share` of it, and normal again above 1.5 times that. Unknown while learning, and where nothing was moving then.
 * The state has six values.
 * Source: J. von Neumann, R. H. Kent, H. R. Bellinson & B. I. Hart, Ann. Math. Statist. 12(2), 1941 (successive differences);
 * NIST/SEMATECH e-Handbook §6.3.2.2 (moving range over d₂ = 1.128).
 * It is wrong where the noise is the machine's and the machine stands (use `when`), on a tag with a `deadband`, and when the source
 * samples faster than before: the differences of a slow signal get smaller with the interval.
 */
export const noiseDeath: Detector<typeof Config, State> = {
  kind: 'noise-death',
  about: 'instrument',
  keepsLearnt: true,
  config: Config,

  init: () => ({ ...startNoise(), since: null }),

  step(state, at, inputs, config, subject) {
    const value = inputs[0]!;
    if (!Number.isFinite(value)) return UNKNOWN;
    const present = hearNoise(state, at, value, config);
    return present === null ? UNKNOWN : judge(state, at, { present, config, subject });
  },

  back(_inputs, { share }, { before, subject: { tag, unit }, state }) {
    const value = state.present / D2;
    const said = (number: number) => withUnit(sayNumber(number), unit);
    const explanation = `${tag} scatters by ${said(value)} again; it was ${said(before.value)}`;
    return { value, limit: (share * state.learnt) / D2, explanation };
  },
};

function judge(
  state: State,
  at: EpochMs,
  { present, config: { share }, subject: { tag, unit } }: { present: number; config: Config; subject: Subject },
): Verdict {
  if (present >= (state.since === null ? share : share * BACK)) {
    state.since = null;
    return { state: 'normal', score: Math.min(1, share / present) / 2 };
  }
  state.since ??= at;
  const [value, usual] = [state.present / D2, state.learnt / D2];
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const lasted = at > state.since ? ` for ${sayDuration(at - state.since)}` : '';
  const explanation = `${tag} has scattered by only ${said(value)}${lasted} where ${said(usual)} is usual: the sensor may be frozen, filtered or detached`;
  return { state: 'abnormal', score: 1 - present / 2, finding: { value, limit: share * usual, explanation } };
}
