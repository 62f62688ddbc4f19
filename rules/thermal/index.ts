import { type Static, Type } from 'typebox';
import type { Detector, Subject, Verdict } from '../detector.ts';
import { ACTION, atFullLoad, beginOf, classOf, PROVENANCE, type ThermalClass, toCelsius } from './classes.ts';

const Config = Type.Object(
  {
    compare: Type.Union([Type.Literal('similar'), Type.Literal('ambient')], {
      default: 'similar',
      description: 'What the second tag is: a similar part under the same load, or the air around.',
    }),
    exponent: Type.Number({
      minimum: 1,
      maximum: 2.5,
      default: 2,
      description: 'How the difference grows with the load: 2 for the heat of a current, 1.6 with free convection.',
    }),
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
 * the load in `%` of rated: with it the difference is corrected to full load, and below 40 % nothing is judged (unknown).
 * Temperatures in `Cel`, `K` or `[degF]`; a tag of another unit is never judged.
 * Source: ANSI/NETA MTS table 100.18 from a secondary source, see classes.ts.
 */
export const thermal: Detector<typeof Config, Record<string, never>> = {
  kind: 'thermal',
  about: 'machine',
  config: Config,
  joins: true,
  init: () => ({}),

  step(_state, _at, inputs, config, subject) {
    const differenceK = differenceOf(inputs, subject);
    if (differenceK === null) return { state: 'unknown' };
    if (inputs.length < 3) return verdictOn({ differenceK, load: null, config, subject });
    if (subject.inputs?.[2]?.unit !== '%') return { state: 'unknown' };
    const load = inputs[2]!;
    const corrected = atFullLoad(differenceK, load, config.exponent);
    if (corrected === null) return { state: 'unknown' };
    return verdictOn({ differenceK: corrected, load, config, subject });
  },
};

function differenceOf(inputs: Float64Array, subject: Subject): number | null {
  const [part, reference] = [0, 1].map((i) => toCelsius(inputs[i] ?? Number.NaN, subject.inputs?.[i]?.unit ?? ''));
  if (part == null || reference == null) return null;
  return Number.isFinite(part - reference) ? part - reference : null;
}

interface Judged {
  readonly differenceK: number;
  /** `null`: nobody said. */
  readonly load: number | null;
  readonly config: Config;
  readonly subject: Subject;
}

function verdictOn({ differenceK, load, config, subject }: Judged): Verdict {
  const is = classOf(differenceK, config.compare);
  const score = CLASSES.indexOf(is) / (CLASSES.length - 1);
  if (CLASSES.indexOf(is) < CLASSES.indexOf(config.raiseFrom)) return { state: 'normal', score };
  const limit = beginOf(is, config.compare);
  const than = config.compare === 'similar' ? (subject.inputs?.[1]?.tag ?? 'the similar part') : 'the air';
  const corrected =
    load === null ? 'load not known, not corrected' : `corrected to full load from ${load.toFixed(0)} %`;
  const explanation = `${subject.tag} is ${differenceK.toFixed(1)} K hotter than ${than} (${corrected}): ${ACTION[is]} (${PROVENANCE})`;
  const level = is === 'major' ? 'HH' : 'H';
  return { state: 'abnormal', score, level, finding: { value: differenceK, limit, explanation } };
}
