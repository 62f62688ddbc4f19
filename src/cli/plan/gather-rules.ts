import type { Rule } from '../../model/plant.ts';
import type { PlantChange } from './compare-plants.ts';

/** Assets that are named, of those that a rule on a class is on. */
const MOST_NAMED = 3;

/** A change of one rule, and which it is. */
export interface RuleChange extends PlantChange {
  readonly rule: Pick<Rule, 'id' | 'on'>;
}

/**
 * Says once what changed alike in the rules that one rule on a class became, one for each asset: `rule shaking on 300 assets (pump-1,
 * pump-2, pump-3, …)`. In details the asset is `<asset>` then. Keeps the order of the first of each.
 */
export function gatherRules(changes: readonly RuleChange[]): PlantChange[] {
  const groups = new Map<string, { readonly base: string; readonly details: readonly string[]; all: RuleChange[] }>();
  for (const change of changes) {
    const asset = assetOf(change.rule);
    const base = asset === null ? change.rule.id : change.rule.id.slice(0, -asset.length - 1);
    const details = asset === null ? change.details : change.details.map((each) => withoutAsset(each, asset));
    const key = JSON.stringify([change.kind, asset === null, base, details]);
    const group = groups.get(key) ?? { base, details, all: [] };
    group.all.push(change);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ base, details, all }) => {
    const [{ kind, what, details: own }] = all as [RuleChange, ...RuleChange[]]; // a group has at least one
    if (all.length === 1) return { kind, what, details: own };
    const assets = all.map(({ rule }) => assetOf(rule));
    const named = [...assets.slice(0, MOST_NAMED), ...(assets.length > MOST_NAMED ? ['…'] : [])].join(', ');
    return { kind, what: `rule ${base} on ${all.length} assets (${named})`, details };
  });
}

/** The asset that a rule is named for, as one of a class is: `shaking-pump-1` on `pump-1.vibration`; `null`: it is not. */
function assetOf({ id, on }: RuleChange['rule']): string | null {
  const asset = on[0]?.slice(0, on[0].indexOf('.')) ?? '';
  return asset !== '' && id.length > asset.length + 1 && id.endsWith(`-${asset}`) ? asset : null;
}

function withoutAsset(detail: string, asset: string): string {
  return detail.replaceAll(`${asset}.`, '<asset>.');
}
