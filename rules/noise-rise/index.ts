import { type Static, Type } from 'typebox';
import { type Detector, type EpochMs, sayDuration } from '../detector.ts';
import { D2, hearNoise, NOISE_SETTINGS, type NoiseLevel, startNoise } from '../noise-level.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    times: Type.Number({
      minimum: 2,
      maximum: 8,
      default: 4,
      description: 'Noise of more than this many times the learnt one is abnormal.',
    }),
    ...NOISE_SETTINGS,
  },
  { additionalProperties: false },
);

/** `since`: when the noise rose; `null` while it is as usual. */
interface State extends NoiseLevel {
  since: EpochMs | null;
}

/** Noise must fall by this factor below `times` before it counts as usual again: it scatters around the limit, too. */
const BACK = 1.5;
/** One difference counts for at most this many times the learnt noise. */
const MOST_OF_ONE = 12;
/** The mean of healthy noise strays by this over √window, four and a half standard deviations as its differences hang together, ... */
const STRAYS = 4;
/** ... and is taken to go this far towards `times` at most: nothing that happens could count for enough otherwise. */
const NEARLY = 0.85;

/**
 * A sensor that has become noisy: a loose terminal, a broken shield, a converter beside it, while the level stays right on average. Noise is the
 * mean absolute difference of successive readings over 2/√π, which slow changes of the level do not move; an exponential mean over `window`
 * readings is abnormal above `times` what was learnt once, over `learn` readings, and normal again at two thirds of that. Unknown while learning,
 * and where nothing was moving then. The state has six values.
 * Source: J. von Neumann, R. H. Kent, H. R. Bellinson & B. I. Hart, Ann. Math. Statist. 12(2), 1941 (successive differences);
 * NIST/SEMATECH e-Handbook §6.3.2.2 (moving range over d₂ = 1.128).
 * It is wrong where the noise is the machine's: a vibration or a pressure that the process shakes, starts and ramps (use `when`), a source that
 * samples more slowly than before.
 */
export const noiseRise: Detector<typeof Config, State> = {
  kind: 'noise-rise',
  about: 'instrument',
  keepsLearnt: true,
  config: Config,

  init: () => ({ ...startNoise(), since: null }),

  step(state, at, inputs, config: Static<typeof Config>, { tag, unit }) {
    const value = inputs[0]!;
    if (!Number.isFinite(value)) return UNKNOWN;
    const present = hearNoise(state, at, value, { ...config, mostOfOne: mostOfOne(config) });
    if (present === null) return UNKNOWN;
    if (present <= (state.since === null ? config.times : config.times / BACK)) {
      state.since = null;
      return { state: 'normal', score: present / (present + config.times) };
    }
    state.since ??= at;
    const usual = state.learnt / D2;
    const said = (number: number) => withUnit(sayNumber(number), unit);
    const lasted = at > state.since ? ` for ${sayDuration(at - state.since)}` : '';
    const explanation =
      `${tag} has scattered by ${said(state.present / D2)}${lasted} where ${said(usual)} is usual, around the same slow course: ` +
      'check its terminals, its shield and what was switched on beside it';
    return {
      state: 'abnormal',
      score: present / (present + config.times),
      finding: { value: state.present / D2, limit: config.times * usual, explanation },
    };
  },

  back(_inputs, { times }, { before, subject: { tag, unit }, state }) {
    const value = state.present / D2;
    const said = (number: number) => withUnit(sayNumber(number), unit);
    const explanation = `${tag} scatters by only ${said(value)} again; it was ${said(before.value)}`;
    return { value, limit: (times * state.learnt) / D2, explanation };
  },
};

/**
 * What one difference may count for, so that neither a jump of any height, which is one, nor a spike, which is two, makes noise of a sensor
 * that is well: after two of them the mean that began at its highest is at `times`. Always more than `times`.
 */
function mostOfOne({ window, times }: Static<typeof Config>): number {
  const kept = (1 - 2 / (window + 1)) ** 2;
  const highest = 1 + Math.min(STRAYS / Math.sqrt(window), NEARLY * (times - 1));
  return Math.min(MOST_OF_ONE, (times - kept * highest) / (1 - kept));
}
