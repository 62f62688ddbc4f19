import type { Contribution, EpochMs, Finding, Subject } from '../detector.ts';
import { sayDuration } from '../detector.ts';
import { sayNumber, withUnit } from '../say-number.ts';
import { limitIn, type Model, SCALES } from './model.ts';
import { adjustResiduals } from './residual.ts';

/** Tags that are named in a finding. */
const MOST_NAMED = 5;

/** Where a channel is and where it should be, tag unit: what the sentence says and the plot draws. */
export interface Expectation {
  readonly value: number;
  readonly expected: number;
  /** Half the width of what is normal about `expected`. */
  readonly tolerance: number;
}

/** The present reading of a channel beside what the other channels and its own past make likely. */
export function expect(model: Model, channel: number, scale: number, inputs: Float64Array): Expectation {
  // the residual is the deviation in units of its own remaining width: back into the unit of the tag
  const unit = model.width[channel]! / model.adjust[channel]![channel]!;
  const tolerance = limitIn(model, channel) * model.sigma[scale]![channel]! * unit;
  // Of this reading, not smoothed: the charts are held back near their limits, which would put "normal" beside any fault.
  const into = { deviation: new Float64Array(inputs.length), residual: new Float64Array(inputs.length) };
  adjustResiduals(model, inputs, into);
  const value = Number.isNaN(inputs[channel]!) ? model.centre[channel]! : inputs[channel]!;
  const own = model.width[channel] === 0 ? 0 : (value - model.centre[channel]!) / model.width[channel]!;
  const cutOff = model.adjust[channel]![channel]! * (own - into.deviation[channel]!); // residuals cut off what is far out
  const away = (into.residual[channel]! + cutOff - model.level[channel]!) * unit;
  return { value, expected: value - away, tolerance };
}

/** The finding of an alarm: one sentence with number, unit, baseline, since when and how sure, and who had a part in it. */
export function explain(
  model: Model,
  seen: { readonly channel: number; readonly scale: number; readonly ratio: number },
  { inputs, since, at, subject }: { inputs: Float64Array; since: EpochMs; at: EpochMs; subject: Subject },
): Finding {
  const { channel, scale } = seen;
  const tags = subject.inputs ?? [{ tag: subject.tag, unit: subject.unit }];
  const { tag, unit } = tags[channel]!;
  const { value, expected, tolerance } = expect(model, channel, scale, inputs);
  const isHigh = model.smoothed[scale]![channel]! >= 0;
  const limit = isHigh ? expected + tolerance : expected - tolerance;
  const basis = tags.length > 1 ? ` at what the other ${tags.length - 1} tags show` : '';
  const sigmas = sayNumber(Number((seen.ratio * limitIn(model, channel)).toPrecision(2)));
  const lasted = at > since ? ` for ${sayDuration(at - since)}` : '';
  return {
    value,
    limit,
    explanation:
      `${tag} is ${withUnit(sayNumber(value), unit)} where ${withUnit(sayNumber(expected), unit)} ± ${withUnit(sayNumber(tolerance), unit)} is normal${basis}: ` +
      `too ${isHigh ? 'high' : 'low'}${lasted}, over the last ${SCALES[scale]} readings ${sigmas} times its usual scatter ` +
      `(learnt from ${model.readings} readings)`,
    contributions: contributions(model, tags),
  };
}

/** How much each channel has to do with it: its share of the squared residuals, largest first. */
function contributions(model: Model, tags: readonly { readonly tag: string }[]): Contribution[] {
  const squares = tags.map((_, i) =>
    Math.max(...model.smoothed.map((smoothed, k) => (smoothed[i]! / model.sigma[k]![i]!) ** 2)),
  );
  const sum = squares.reduce((total, square) => total + square, 0) || 1;
  return tags
    .map(({ tag }, i) => ({ tag, share: Number((squares[i]! / sum).toPrecision(2)) }))
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_NAMED);
}
