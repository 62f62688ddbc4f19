import { type Static, Type } from 'typebox';
import type { Detector, Subject, Verdict } from '../detector.ts';
import { type LearntBaseline, learnBaseline } from '../iso-zone/baseline.ts';
import {
  ACTION,
  atFullLoad,
  beginOf,
  classOf,
  PROVENANCE,
  type Reference,
  type ThermalClass,
  toCelsius,
  URGENCY,
} from './classes.ts';
import { loadPercentOf, refuseLoad, refuseTemperature } from './load.ts';

const Config = Type.Object(
  {
    compare: Type.Union([Type.Literal('similar'), Type.Literal('ambient'), Type.Literal('own')], {
      default: 'similar',
      description:
        'What the second tag is: a similar part under the same load, or the air around; own: the air, and the part is compared with what it had over it when the rule began.',
    }),
    learn: Type.Integer({
      minimum: 5,
      maximum: 1_000,
      default: 50,
      description: 'Own: the median of so many first differences is the baseline.',
    }),
    exponent: Type.Number({
      minimum: 1,
      maximum: 2.5,
      default: 2,
      description: 'How the difference grows with the load: 2 for the heat of a current, 1.6 with free convection.',
    }),
    rated: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'What the third tag has at full load, tag unit; needed unless that tag is in % of rated.',
        examples: [125],
      }),
    ),
    raiseFrom: Type.Union([Type.Literal('possible'), Type.Literal('probable'), Type.Literal('major')], {
      default: 'probable',
      description: 'The least class that is abnormal.',
    }),
  },
  { additionalProperties: false },
);

type Config = Static<typeof Config>;
/** Its settings. */
export type ThermalConfig = Config;

const CLASSES: readonly ThermalClass[] = ['none', 'possible', 'probable', 'monitor', 'major'];

/**
 * Temperature of a part against a similar part or the air, as a thermographer judges it. `on` lists part, reference, and third
 * the load in `%` of rated, or in any unit with `rated`. Against its own baseline it is the difference to the air, at full load, over what that was at first. With it the difference is corrected to full load, and below 40 % nothing is judged (unknown).
 * Temperatures in `Cel`, `K` or `[degF]`; a tag of another unit is never judged.
 * Source: ANSI/NETA MTS table 100.18 from a secondary source, see classes.ts.
 */
export const thermal: Detector<typeof Config, LearntBaseline> = {
  kind: 'thermal',
  about: 'machine',
  config: Config,
  joins: true,
  learnsOnce: ({ compare }) => compare === 'own',
  refuseTag: ({ rated }, { inputs = [] }) => refuseInputs(inputs, rated),
  init: () => ({}),

  step(state, _at, inputs, config, subject) {
    const present = correctedOf(inputs, config, subject);
    return present === null ? { state: 'unknown' } : judge(state, { ...present, config, subject });
  },

  back(inputs, config, { before, subject, state }) {
    const present = correctedOf(inputs, config, subject);
    if (present === null) return null;
    const baselineK = config.compare === 'own' ? (state.baseline ?? null) : null;
    const value = present.differenceK - (baselineK ?? 0);
    const than = sayReference(baselineK, config, subject);
    const explanation = `${subject.tag} is ${value.toFixed(1)} K over ${than}, which is normal again; it was ${before.value.toFixed(1)} K`;
    return { value, limit: before.limit, explanation };
  },
};

/** Why these tags are never judged, `null` when they can be. */
export function refuseInputs(inputs: NonNullable<Subject['inputs']>, rated: number | undefined): string | null {
  const [part, reference, load, ...more] = inputs;
  if (part === undefined || reference === undefined || more.length > 0)
    return `needs the part, what it is compared with and, where it is known, the load: two or three tags, not ${inputs.length}`;
  const refusal = refuseTemperature(part) ?? refuseTemperature(reference);
  return refusal ?? (load === undefined ? null : refuseLoad(load, rated));
}

/** The difference at full load, where the load is known; `null` where it can't be told. */
function correctedOf(
  inputs: Float64Array,
  { exponent, rated }: Config,
  subject: Subject,
): Pick<Judged, 'differenceK' | 'load'> | null {
  const differenceK = differenceOf(inputs, subject);
  if (differenceK === null) return null;
  if (inputs.length < 3) return { differenceK, load: null };
  const tag = subject.inputs?.[2];
  const load = tag === undefined ? null : loadPercentOf(inputs[2]!, tag, rated);
  const corrected = load === null ? null : atFullLoad(differenceK, load, exponent);
  return corrected === null ? null : { differenceK: corrected, load };
}

function judge(state: LearntBaseline, judged: Omit<Judged, 'baselineK'>): Verdict {
  const { differenceK, config } = judged;
  if (config.compare !== 'own') return verdictOn({ ...judged, baselineK: null });
  const baselineK = learnBaseline(state, differenceK, { readings: config.learn, isWell: true });
  if (baselineK === null) return { state: 'unknown' };
  return verdictOn({ ...judged, differenceK: differenceK - baselineK, baselineK });
}

function differenceOf(inputs: Float64Array, subject: Subject): number | null {
  const [part, reference] = [0, 1].map((i) => toCelsius(inputs[i] ?? Number.NaN, subject.inputs?.[i]?.unit ?? ''));
  if (part == null || reference == null) return null;
  return Number.isFinite(part - reference) ? part - reference : null;
}

interface Judged {
  readonly differenceK: number;
  /** % of rated; `null`: nobody said. */
  readonly load: number | null;
  /** What the part had over the air at first; `null` where it is not compared with itself. */
  readonly baselineK: number | null;
  readonly config: Config;
  readonly subject: Subject;
}

function verdictOn({ differenceK, load, baselineK, config, subject }: Judged): Verdict {
  const reference = referenceOf(config);
  const is = classOf(differenceK, reference);
  const score = CLASSES.indexOf(is) / (CLASSES.length - 1);
  if (CLASSES.indexOf(is) < CLASSES.indexOf(config.raiseFrom)) return { state: 'normal', score };
  const limit = beginOf(is, reference);
  const than = sayReference(baselineK, config, subject);
  const corrected =
    load === null ? 'load not known, not corrected' : `corrected to full load from ${load.toFixed(0)} %`;
  const explanation = `${subject.tag} is ${differenceK.toFixed(1)} K hotter than ${than} (${corrected}): ${ACTION[is]} (${PROVENANCE})`;
  const level = is === 'major' ? 'HH' : 'H';
  const finding = { value: differenceK, limit, explanation, urgency: URGENCY[is] };
  return { state: 'abnormal', score, level, finding };
}

/** With what the difference is, in words. */
export function sayReference(baselineK: number | null, { compare, learn }: Config, subject: Subject): string {
  if (baselineK !== null)
    return `its own baseline, ${baselineK.toFixed(1)} K over the air (median of its first ${learn} readings)`;
  return compare === 'similar' ? (subject.inputs?.[1]?.tag ?? 'the similar part') : 'the air';
}

/** Whose rows of the table hold: the part itself is as similar as can be. */
export function referenceOf({ compare }: Config): Reference {
  return compare === 'ambient' ? 'ambient' : 'similar';
}
