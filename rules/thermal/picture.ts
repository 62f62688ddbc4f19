import type { DetectorPicture, DrawnNormal } from '../../src/model/tag-picture.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import type { LearntBaseline } from '../iso-zone/baseline.ts';
import type { AtWork } from '../picture.ts';
import { atFullLoad, beginOf, toCelsius } from './classes.ts';
import { referenceOf, sayReference, type ThermalConfig } from './index.ts';

/** How hot the part may be at the temperature of its reference and at its load. */
export function drawThermal({ config, state, subject, input }: AtWork<ThermalConfig, LearntBaseline>): DetectorPicture {
  const baselineK = config.compare === 'own' ? (state?.baseline ?? null) : 0;
  const than = sayReference(baselineK === 0 ? null : baselineK, config, subject);
  const allowedK = beginOf(config.raiseFrom, referenceOf(config));
  if (input !== 0) return { ...EMPTY_PICTURE, says: `what ${subject.tag} is compared with` };
  if (baselineK === null)
    return {
      ...EMPTY_PICTURE,
      state: 'learning',
      says: `learning its baseline: ${state?.learning?.length ?? 0} of ${config.learn} readings`,
    };
  const [part = '', reference = ''] = subject.inputs?.map(({ unit }) => unit) ?? [];
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    normalAt: (inputs) => normalAt(inputs, { config, baselineK, allowedK, part, reference }),
    says: `may be ${allowedK} K hotter than ${than}${(subject.inputs?.length ?? 0) > 2 ? ' at full load' : ''}`,
  };
}

function normalAt(
  inputs: Float64Array,
  {
    config,
    baselineK,
    allowedK,
    part,
    reference,
  }: {
    readonly config: ThermalConfig;
    readonly baselineK: number;
    readonly allowedK: number;
    readonly part: string;
    readonly reference: string;
  },
): DrawnNormal | null {
  const value = inputs[0] ?? Number.NaN;
  const referenceC = toCelsius(inputs[1] ?? Number.NaN, reference);
  const [zeroC, oneC] = [toCelsius(0, part), toCelsius(1, part)];
  if (!Number.isFinite(value) || referenceC === null || zeroC === null || oneC === null) return null;
  const oneK = inputs.length < 3 ? 1 : atFullLoad(1, inputs[2]!, config.exponent);
  if (oneK === null || !Number.isFinite(referenceC)) return null;
  const perDegree = oneC - zeroC;
  const expected = (referenceC + baselineK / oneK - zeroC) / perDegree;
  const high = (referenceC + (baselineK + allowedK) / oneK - zeroC) / perDegree;
  return { value, expected, low: Math.min(expected, value), high };
}
