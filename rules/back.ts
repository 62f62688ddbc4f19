import type { Finding, Subject } from './detector.ts';
import { sayNumber, sayNumberUnlike, withUnit } from './say-number.ts';

/**
 * What to tell of a value that is back behind a fixed limit, tag unit. `before` is what was found last while it was not: what was
 * wrong stays in the sentence, so that whoever reads only that the alert returned knows from where.
 */
export function backBehind(
  value: number,
  limit: number,
  { before, subject: { tag, unit } }: { readonly before: Finding; readonly subject: Pick<Subject, 'tag' | 'unit'> },
): Finding {
  const said = withUnit(sayNumberUnlike(value, limit), unit);
  const side = value === limit ? 'at' : value < limit ? 'below' : 'above';
  const was = withUnit(sayNumberUnlike(before.value, before.limit), unit);
  const explanation = `${tag} is ${said}, back ${side} the limit of ${withUnit(sayNumber(limit), unit)}; it was ${was}`;
  return { value, limit, explanation };
}

/**
 * What to tell of a tag that its rule finds normal again, where the detector has nothing better: the newest reading of the tag that
 * was told of, tag unit, beside what was found last. `null` where that is bad or missing.
 */
export function backToNormal(
  inputs: Float64Array,
  { before, subject }: { readonly before: Finding; readonly subject: Subject },
): Finding | null {
  const tags = subject.inputs ?? [subject];
  const about = before.contributions?.[0]?.tag;
  const index = Math.max(
    0,
    tags.findIndex(({ tag }) => tag === about),
  );
  const value = inputs[index] ?? Number.NaN;
  if (!Number.isFinite(value)) return null;
  const { tag, unit } = tags[index] ?? subject;
  const said = (number: number) => withUnit(sayNumber(number), unit);
  const explanation = `${tag} is ${said(value)}, which is normal again; it was ${said(before.value)}`;
  return { value, limit: before.limit, explanation };
}
