import { type Static, Type } from 'typebox';
import { type Detector, type EpochMs, type Subject, sayDuration } from '../detector.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { UNKNOWN } from '../verdict.ts';

const Config = Type.Object(
  {
    lambda: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.2,
      description: 'Weight of the newest reading: small for small lasting shifts, 1 for single readings.',
    }),
    sigmas: Type.Number({
      exclusiveMinimum: 0,
      default: 5,
      description: 'Width of what is normal, in standard deviations of the smoothed value.',
    }),
    minSigma: Type.Number({
      minimum: 0,
      default: 0,
      description: 'Floor of the learnt standard deviation, tag unit: the resolution of the sensor.',
    }),
    learn: Type.Integer({
      minimum: 10,
      default: 200,
      description: 'Readings to learn mean and standard deviation from. The machine must be well meanwhile.',
    }),
  },
  { additionalProperties: false },
);

/** Its settings. */
export type EwmaConfig = Static<typeof Config>;

/** `mean`, `squares`: Welford's running moments of the learning time, tag unit and its square. `smoothed`: tag unit. */
export interface EwmaState {
  readings: number;
  mean: number;
  squares: number;
  smoothed: number;
  /** When the smoothed value left what is normal; `null` while it is in. */
  since: EpochMs | null;
}

/**
 * EWMA control chart: finds small lasting shifts of the mean that a fixed limit misses. The smoothed value z ← λx + (1−λ)z is
 * abnormal when |z − μ| > L·σ·√(λ/(2−λ)); μ and σ are learnt once.
 * Source: S. W. Roberts, Technometrics 1(3), 1959; J. M. Lucas & M. S. Saccucci, Technometrics 32(1), 1990.
 * It is wrong on a tag that drifts or has seasons, and readings that depend on each other leave its limits more often than the
 * tables of those papers say.
 */
export const ewma: Detector<typeof Config, EwmaState> = {
  kind: 'ewma',
  about: 'machine',
  keepsLearnt: true,
  config: Config,

  init: () => ({ readings: 0, mean: 0, squares: 0, smoothed: 0, since: null }),

  step(state, at, inputs, config, subject) {
    const value = inputs[0]!;
    if (!Number.isFinite(value)) return UNKNOWN;
    if (state.readings < config.learn) {
      learn(state, value);
      return UNKNOWN;
    }
    state.smoothed += config.lambda * (value - state.smoothed);
    const width = controlWidth(state, config);
    const away = Math.abs(state.smoothed - state.mean);
    if (away <= width) {
      state.since = null;
      return { state: 'normal', score: width === 0 ? 0 : away / width / 2 };
    }
    state.since ??= at;
    const score = width === 0 ? 1 : away / (away + width);
    return { state: 'abnormal', score, finding: find(state, width, at, subject) };
  },
};

/** How far the smoothed value may be from the learnt mean, tag unit. */
export function controlWidth(
  { readings, squares }: EwmaState,
  { lambda, sigmas, minSigma }: Pick<EwmaConfig, 'lambda' | 'sigmas' | 'minSigma'>,
): number {
  const sigma = Math.max(Math.sqrt(squares / (readings - 1)), minSigma);
  return sigmas * sigma * Math.sqrt(lambda / (2 - lambda));
}

function learn(state: EwmaState, value: number): void {
  state.readings++;
  const before = value - state.mean;
  state.mean += before / state.readings;
  state.squares += before * (value - state.mean);
  state.smoothed = state.mean;
}

function find({ smoothed, mean, since }: EwmaState, width: number, at: EpochMs, { tag, unit }: Subject) {
  const isHigh = smoothed > mean;
  const lasted = since !== null && at > since ? ` for ${sayDuration(at - since)}` : '';
  const said = (value: number) => withUnit(sayNumber(value), unit);
  return {
    value: smoothed,
    limit: isHigh ? mean + width : mean - width,
    explanation: `${tag} is ${said(smoothed)} on average where ${said(mean)} ± ${said(width)} is normal: too ${isHigh ? 'high' : 'low'}${lasted}`,
  };
}
