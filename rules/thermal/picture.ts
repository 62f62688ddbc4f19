import type { DetectorPicture, DrawnNormal } from '../../src/model/tag-picture.ts';
import type { Subject } from '../detector.ts';
import { EMPTY_PICTURE } from '../empty-picture.ts';
import type { LearntBaseline } from '../iso-zone/baseline.ts';
import type { AtWork } from '../picture.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { atFullLoad, beginOf, LEAST_LOAD_PERCENT, toCelsius } from './classes.ts';
import { referenceOf, refuseInputs, sayReference, type ThermalConfig } from './index.ts';
import { loadPercentOf } from './load.ts';

/** How hot the part may be at the temperature of its reference and at its load. */
export function drawThermal({ config, state, subject, input }: AtWork<ThermalConfig, LearntBaseline>): DetectorPicture {
  const baselineK = config.compare === 'own' ? (state?.baseline ?? null) : 0;
  const than = sayReference(baselineK === 0 ? null : baselineK, config, subject);
  const allowedK = beginOf(config.raiseFrom, referenceOf(config));
  const refusal = refuseInputs(subject.inputs ?? [], config.rated);
  if (refusal !== null) return { ...EMPTY_PICTURE, says: `never judges: ${refusal}` };
  if (input !== 0) return { ...EMPTY_PICTURE, says: `what ${subject.tag} is compared with` };
  if (baselineK === null)
    return {
      ...EMPTY_PICTURE,
      state: 'learning',
      says: `learning its baseline: ${state?.learning?.length ?? 0} of ${config.learn} readings${sayLeastLoad(config, subject)}`,
    };
  return {
    ...EMPTY_PICTURE,
    state: 'watching',
    normalAt: (inputs) => normalAt(inputs, { config, baselineK, allowedK, subject }),
    says: `may be ${allowedK} K hotter than ${than}${(subject.inputs?.length ?? 0) > 2 ? ' at full load' : ''}${sayLeastLoad(config, subject)}`,
  };
}

/** Below which load it is silent, and why nothing is heard of it then. */
function sayLeastLoad({ rated }: ThermalConfig, { inputs = [] }: Subject): string {
  const load = inputs[2];
  if (load === undefined) return '';
  const least = rated === undefined ? LEAST_LOAD_PERCENT : (LEAST_LOAD_PERCENT / 100) * rated;
  return `; below ${withUnit(sayNumber(least), load.unit)} of ${load.tag} nothing is judged`;
}

interface Drawn {
  readonly config: ThermalConfig;
  readonly baselineK: number;
  readonly allowedK: number;
  readonly subject: Subject;
}

function normalAt(inputs: Float64Array, { config, baselineK, allowedK, subject }: Drawn): DrawnNormal | null {
  const [part = '', reference = ''] = subject.inputs?.map(({ unit }) => unit) ?? [];
  const value = inputs[0] ?? Number.NaN;
  const referenceC = toCelsius(inputs[1] ?? Number.NaN, reference);
  const [zeroC, oneC] = [toCelsius(0, part), toCelsius(1, part)];
  if (!Number.isFinite(value) || referenceC === null || zeroC === null || oneC === null) return null;
  const load = subject.inputs?.[2];
  const percent = load === undefined ? 100 : loadPercentOf(inputs[2]!, load, config.rated);
  const oneK = percent === null ? null : atFullLoad(1, percent, config.exponent);
  if (oneK === null || !Number.isFinite(referenceC)) return null;
  const perDegree = oneC - zeroC;
  const expected = (referenceC + baselineK / oneK - zeroC) / perDegree;
  const high = (referenceC + (baselineK + allowedK) / oneK - zeroC) / perDegree;
  return { value, expected, low: Math.min(expected, value), high };
}
