import { compileNumber, type Expression } from '../../rules/expression.ts';
import type { Tag } from '../model/plant.ts';
import { checkUnit, type ReadAssets } from './assets.ts';
import { type NamedDraft, spreadDerived } from './class-derived.ts';
import type { LoadContext } from './context.ts';
import type { DerivedDraft } from './derived-section.ts';
import { warnOfUnits } from './derived-units.ts';
import { find, isUnset, placeOf } from './document.ts';
import { nearest } from './nearest.ts';
import type { Path } from './problems.ts';
import { suggestionFor } from './rules.ts';

/** What derived tags are checked against. */
type Measured = Pick<ReadAssets, 'assets' | 'tags'>;

/**
 * Checks the derived tags of a plant file: that their assets are there and nobody else has their names, what they are computed
 * from, and that none hangs on itself. Answers all tags, the measured ones first.
 */
export function withDerived(
  context: LoadContext,
  drafts: Readonly<Record<string, DerivedDraft>>,
  measured: Measured,
): ReadonlyMap<string, Tag> {
  const tags = new Map(measured.tags);
  for (const [key, draft] of Object.entries(drafts)) checkUnit(context, ['derived', key], draft.unit);
  const named = spreadDerived(context, drafts, measured);
  for (const { name, key, draft } of named) {
    if (name === key) checkName(context, name, measured);
    if (!tags.has(name)) tags.set(name, tagOf(name, draft));
  }
  const inputs = new Map<string, readonly string[]>();
  const wrong = new Set<string>(); // told once, not for each asset of a class
  const warned = new Set<string>();
  for (const each of named) {
    const { value } = each.draft;
    if (value === undefined || wrong.has(each.key)) continue;
    const expression = readValue(context, each, { value, tags, assets: measured.assets });
    if (expression === null) {
      wrong.add(each.key);
      continue;
    }
    inputs.set(each.name, expression.reads);
    if (!warned.has(each.key)) warnOfUnits(context, each, tags);
    warned.add(each.key);
  }
  const keys = new Map(named.map(({ name, key }) => [name, key]));
  for (const name of inputs.keys()) checkCircle(context, { name, key: keys.get(name) ?? name }, inputs);
  return tags;
}

function tagOf(name: string, { unit, value = '', tolerance = 0 }: DerivedDraft): Tag {
  return {
    name,
    asset: assetOf(name),
    unit: unit ?? null,
    source: null,
    range: null,
    deadband: 0,
    heartbeatMs: 60_000,
    derived: { value, toleranceMs: tolerance },
  };
}

function assetOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

function checkName({ root, report }: LoadContext, name: string, { assets, tags }: Measured): void {
  const path: Path = ['derived', name];
  const at = placeOf(root, path, 'key');
  const asset = assetOf(name);
  const ids = assets.map(({ id }) => id);
  if (!ids.includes(asset)) {
    const message = `unknown asset "${asset}" of derived tag "${name}"`;
    report.problem({ at, path, message, suggestion: nearest(asset, ids) });
  }
  if (tags.has(name)) {
    const message = `derived tag "${name}" is a measured one already, under assets.${asset}.tags: name one of them otherwise`;
    report.problem({ at, path, message });
  }
}

/** Points into the expression where it stands in the file letter by letter, else at its beginning. */
function readValue(
  { root, report }: LoadContext,
  { name, key }: NamedDraft,
  { value, tags, assets }: Measured & { readonly value: string },
): Expression<number> | null {
  const path: Path = ['derived', key, 'value'];
  const node = find(root, path);
  if (node?.kind !== 'scalar' || isUnset(root, path)) return null;
  const expression = compileNumber(value, { tags: (tag) => tags.has(tag), asset: assetOf(name) });
  if (expression.ok) {
    const message = `value of derived tag "${name}" asks about no tag, such as tag("${assetOf(name)}.speed")`;
    if (expression.reads.length === 0) report.problem({ at: node.at, path, message });
    return expression;
  }
  const at = node.textAt === null ? node.at : node.textAt + expression.offset;
  const where = node.textAt === null ? ` (character ${expression.offset + 1} of it)` : '';
  const message = `value of derived tag "${name}": ${expression.message}${where}`;
  report.problem({ at, path, message, suggestion: suggestionFor(expression, { tags, assets, of: null }) });
  return null;
}

/** A circle is told once, at the first of its tags in the file. */
function checkCircle(
  { root, report }: LoadContext,
  { name, key }: Pick<NamedDraft, 'name' | 'key'>,
  inputs: ReadonlyMap<string, readonly string[]>,
): void {
  const way = wayBack(name, inputs);
  const order = [...inputs.keys()];
  if (way === null || way.some((each) => order.indexOf(each) < order.indexOf(name))) return;
  const path: Path = ['derived', key, 'value'];
  const message = `derived tag "${name}" is computed from itself: ${[...way, name].join(' → ')}`;
  report.problem({ at: placeOf(root, path), path, message });
}

/** The shortest way from a tag over what it is computed from back to it, `null` when there is none. */
function wayBack(name: string, inputs: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const seen = new Set<string>();
  let ways: (readonly string[])[] = [[name]];
  while (ways.length > 0) {
    const next: (readonly string[])[] = [];
    for (const way of ways) {
      for (const input of inputs.get(way.at(-1) ?? '') ?? []) {
        if (input === name) return way;
        if (!inputs.has(input) || seen.has(input)) continue;
        seen.add(input);
        next.push([...way, input]);
      }
    }
    ways = next;
  }
  return null;
}
