import type { Contribution, EpochMs, Finding, Subject } from '../detector.ts';
import { sayDuration } from '../detector.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { offsetOf } from './lag.ts';
import { levelBound, levelMemory } from './levels.ts';
import { boundIn, leastIn, type Model, SCALES, TUNING } from './model.ts';
import { adjustResiduals } from './residual.ts';
import { extrapolation, leaveOutFallen } from './sides.ts';
import type { Chart } from './watch.ts';

/** Tags that are named in a finding. */
const MOST_NAMED = 5;

/** Where a channel is and where it should be, tag unit: what the sentence says and the plot draws. */
export interface Expectation {
  readonly value: number;
  readonly expected: number;
  /** Half the width of what is normal about `expected`. */
  readonly tolerance: number;
}

/** The present reading of a channel beside what the other channels and its own past make likely. `inputs`: with what lags explain taken off. */
export function expect(model: Model, channel: number, scale: Chart, inputs: Float64Array): Expectation {
  // the residual is the deviation in units of its own remaining width: back into the unit of the tag
  const unit = model.width[channel]! / model.adjust[channel]![channel]!;
  const { level, tolerance } = normalOf(model, channel, scale);
  // Of this reading, not smoothed: the charts are held back near their limits, which would put "normal" beside any fault.
  const into = { deviation: new Float64Array(inputs.length), residual: new Float64Array(inputs.length) };
  adjustResiduals(model, inputs, into);
  leaveOutFallen(model, into.residual);
  const value = Number.isFinite(inputs[channel]!) ? inputs[channel]! : model.centre[channel]!;
  const own = model.width[channel] === 0 ? 0 : (value - model.centre[channel]!) / model.width[channel]!;
  const cutOff = model.adjust[channel]![channel]! * (own - into.deviation[channel]!); // residuals cut off what is far out
  const unsure = extrapolation(model.sides, into.deviation);
  const away = (into.residual[channel]! + cutOff - level * unsure) * unit;
  const offset = offsetOf(model.lags, channel);
  return { value: value + offset, expected: value + offset - away, tolerance: tolerance * unit * unsure };
}

/** The smoothed distance of a chart. */
function smoothedAway({ smoothed, steps, levels }: Model, channel: number, scale: Chart): number {
  if (scale === 'level') return levels?.slow[channel] ?? 0;
  if (scale === 'step') return steps ? steps.fast[channel]! - steps.slow[channel]! : 0;
  return smoothed[scale]![channel]!;
}

/** Where the residual of a channel is normally by one of its charts, and how far from it is still normal. */
function normalOf(model: Model, channel: number, scale: Chart): { level: number; tolerance: number } {
  if (scale === 'step' && model.steps)
    return { level: model.steps.slow[channel]!, tolerance: stepBound(model, model.steps.sigma[channel]!, channel) };
  if (scale === 'level' && model.levels) return { level: 0, tolerance: levelBound(model.levels, channel, model.limit) };
  const k = typeof scale === 'number' ? scale : 0;
  return { level: model.level[channel]!, tolerance: boundIn(model, k, channel) };
}

function stepBound(model: Model, sigma: number, channel: number): number {
  return Math.max(model.limit * sigma, leastIn(model, channel));
}

/** The finding of an alarm: one sentence with number, unit, baseline, since when and how sure, and who had a part in it. */
export function explain(
  model: Model,
  seen: {
    readonly channel: number;
    readonly scale: Chart;
    readonly ratio: number;
    readonly ratios: Float64Array;
    readonly settled: Float64Array;
  },
  { since, at, subject }: { since: EpochMs; at: EpochMs; subject: Subject },
): Finding {
  const { channel, scale, settled } = seen;
  const tags = subject.inputs ?? [{ tag: subject.tag, unit: subject.unit }];
  const { tag, unit } = tags[channel]!;
  const { value, expected, tolerance } = expect(model, channel, scale, settled);
  const isHigh = smoothedAway(model, channel, scale) >= 0;
  const limit = isHigh ? expected + tolerance : expected - tolerance;
  const basis = tags.length > 1 ? ` at what ${sayOthers(tags.length - 1)} ${tags.length === 2 ? 'shows' : 'show'}` : '';
  const limitSigmas = limitSigmasOf(model, channel, scale);
  const sigmas = sayNumber(Number((seen.ratio * limitSigmas).toPrecision(2)));
  const readings = readingsOf(model, scale);
  const lasted = at > since ? ` for ${sayDuration(at - since)}` : '';
  return {
    value,
    limit,
    explanation:
      `${tag} is ${withUnit(sayNumber(value), unit)} where ${withUnit(sayNumber(expected), unit)} ± ${withUnit(sayNumber(tolerance), unit)} is normal${basis}: ` +
      `too ${isHigh ? 'high' : 'low'}${lasted}, over the last ${readings} readings ${sigmas} times its usual scatter ` +
      `(learnt from ${model.readings} readings)`,
    contributions: contributions(seen.ratios, tags),
  };
}

/** How many times its usual scatter a chart may be away. */
function limitSigmasOf(model: Model, channel: number, chart: Chart): number {
  if (chart === 'level') return TUNING.levelLimit * model.limit;
  const sigma = chart === 'step' ? model.steps?.sigma[channel] : model.sigma[chart]![channel];
  if (!sigma) return model.limit; // it did not move while it was learnt
  return (chart === 'step' ? stepBound(model, sigma, channel) : boundIn(model, chart, channel)) / sigma;
}

/** Readings that a chart looks back. */
function readingsOf({ levels }: Model, chart: Chart): number {
  if (chart === 'level') return levels ? Math.round(levelMemory(levels)) : 0;
  return chart === 'step' ? TUNING.stepReadings : SCALES[chart]!;
}

/** How much each channel has to do with it: its share of the squared distances, the one the sentence is about first. */
function contributions(ratios: Float64Array, tags: readonly { readonly tag: string }[]): Contribution[] {
  const sum = ratios.reduce((total, ratio) => total + ratio ** 2, 0) || 1;
  return tags
    .map(({ tag }, i) => ({ tag, share: ratios[i]! ** 2 / sum }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_NAMED)
    .map(({ tag, share }) => ({ tag, share: Number(share.toPrecision(2)) }));
}

function sayOthers(count: number): string {
  return count === 1 ? 'the other tag' : `the other ${count} tags`;
}
