import type { MeasurementAdvice, MeasurementOutcome, RankedMode } from '../../src/model/asset-health.ts';
import type { HealthEvidence } from './evidence.ts';
import { type Measurement, measurements } from './measurements.ts';
import { SOMETHING_ELSE } from './modes.ts';

const MOST_ADVISED = 3;
/** A tenth of a bit: what says less is not worth the way. */
const LEAST_GAIN_BITS = 0.1;

/**
 * Which measurements would tell most about what is wrong: by the information about the mode that they are expected to give, in bits, the
 * most first. What a method or a tag measures already is left out.
 * Source: D. V. Lindley, Ann. Math. Statist. 27(4), 1956: expected fall of Shannon's entropy.
 */
export function adviseMeasurements(
  modes: readonly RankedMode[],
  { watches, heardTags }: Pick<HealthEvidence, 'watches' | 'heardTags'>,
): readonly MeasurementAdvice[] {
  const methods = new Set(watches.filter(({ blind }) => blind === null).map(({ detect }) => detect));
  return measurements
    .filter(
      ({ madeBy = [], measuredBy = [] }) =>
        !madeBy.some((method) => methods.has(method)) && !measuredBy.some((tag) => heardTags.has(tag)),
    )
    .map((measurement) => judge(measurement, modes))
    .filter(({ gainBits }) => gainBits >= LEAST_GAIN_BITS)
    .sort((a, b) => b.gainBits - a.gainBits)
    .slice(0, MOST_ADVISED);
}

function judge(measurement: Measurement, modes: readonly RankedMode[]): MeasurementAdvice {
  const prior = modes.map(({ likelihood }) => likelihood);
  const total = prior.reduce((a, b) => a + b, 0);
  const results = measurement.outcomes.map((outcome, i) => {
    const joint = modes.map(({ mode }, j) => (prior[j]! / total) * chanceOf(measurement, mode, i));
    const probability = joint.reduce((a, b) => a + b, 0);
    return { outcome, probability, posterior: joint.map((each) => (probability > 0 ? each / probability : 0)) };
  });
  const left = results.reduce((sum, { probability, posterior }) => sum + probability * entropyBits(posterior), 0);
  const outcomes = results.map(({ outcome, probability, posterior }): MeasurementOutcome => {
    const best = posterior.indexOf(Math.max(...posterior));
    return { outcome, probability, means: modes[best]?.mode ?? SOMETHING_ELSE, likelihood: posterior[best] ?? 0 };
  });
  const gainBits = Math.max(0, entropyBits(prior.map((each) => each / total)) - left);
  return { measurement: measurement.measurement, tells: sayTells(measurement, modes, outcomes), gainBits, outcomes };
}

function chanceOf({ given, otherwise, outcomes }: Measurement, mode: string, outcome: number): number {
  return (given[mode] ?? otherwise)?.[outcome] ?? 1 / outcomes.length;
}

function entropyBits(chances: readonly number[]): number {
  return chances.reduce((sum, chance) => (chance > 0 ? sum - chance * Math.log2(chance) : sum), 0);
}

function sayTells(
  { given }: Measurement,
  modes: readonly RankedMode[],
  outcomes: readonly MeasurementOutcome[],
): string {
  const meant = [...new Set(outcomes.map(({ means }) => means))].filter((mode) => mode !== SOMETHING_ELSE);
  if (meant.length === 2) return `tells ${meant.join(' from ')}`;
  if (meant.length > 2) return `tells apart: ${meant.join(', ')}`;
  const known = modes.find(({ mode }) => mode in given)?.mode;
  return known === undefined ? 'rules causes out' : `says whether it is ${known}`;
}
