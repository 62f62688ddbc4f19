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
