import { unitOfExpression } from '../../rules/expression-units.ts';
import type { Tag } from '../model/plant.ts';
import type { NamedDraft } from './class-derived.ts';
import type { LoadContext } from './context.ts';
import { find, isUnset, placeOf } from './document.ts';
import type { Path } from './problems.ts';
import { conversionBetween } from './unit-conversion.ts';

/** Warns of a derived tag that adds up what is in different units, or whose unit is not that of what it is the sum or the mean of. */
export function warnOfUnits(
  { root, report }: LoadContext,
  { name, key, draft: { value, unit } }: NamedDraft,
  tags: ReadonlyMap<string, Tag>,
): void {
  const path: Path = ['derived', key, 'value'];
  const node = find(root, path);
  if (value === undefined || node?.kind !== 'scalar') return;
  const asset = name.slice(0, name.indexOf('.'));
  const found = unitOfExpression(value, {
    unitOfTag: (tag) => tags.get(tag.startsWith('.') ? `${asset}${tag}` : tag)?.unit ?? null,
    goTogether,
  });
  if (found.clash !== null) {
    const { left, right, offset } = found.clash;
    const at = node.textAt === null ? node.at : node.textAt + offset;
    const message = `value of derived tag "${key}" puts ${left} and ${right} together: measure both in one unit, or convert one in the formula`;
    report.warning({ at, path, message });
    return;
  }
  const unitPath: Path = ['derived', key, 'unit'];
  if (unit === undefined || found.unit === null || goTogether(unit, found.unit) || isUnset(root, unitPath)) return;
  const message = `unit "${unit}" of derived tag "${key}" is not that of what it is computed from, ${found.unit}`;
  report.warning({ at: placeOf(root, unitPath), path: unitPath, message });
}

/**
 * Units of one size go together: `l` and `L`, and `Cel` and `K`, whose differences are the same. A unit that is not known says nothing;
 * there is another warning for it.
 */
function goTogether(a: string, b: string): boolean {
  const conversion = conversionBetween(a, b);
  return 'unknown' in conversion || ('factor' in conversion && conversion.factor === 1);
}
