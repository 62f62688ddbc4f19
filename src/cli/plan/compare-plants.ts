import { isDeepStrictEqual } from 'node:util';
import { detectorOf } from '../../../rules/index.ts';
import type { Plant, Source } from '../../model/plant.ts';
import { gatherRules, type RuleChange } from './gather-rules.ts';
import { type IsDuration, sayDifference } from './say-difference.ts';

/** One thing that is different between two plants. */
export interface PlantChange {
  readonly kind: 'added' | 'removed' | 'changed';
  /** `rule press-1-vibration-high`. */
  readonly what: string;
  /** Settings that are different, as `onDelay: 30s → 60s`; of a changed thing only. */
  readonly details: readonly string[];
}

/** What is different in `next`: by section, within it by name. Secrets are compared and never shown. */
export function comparePlants(present: Plant, next: Plant): readonly PlantChange[] {
  const { sources, assets, tags, rules, endpoints, ...rest } = next;
  const { sources: _s, assets: _a, tags: _t, rules: _r, endpoints: _e, ...restBefore } = present;
  const settings = detailsOf(restBefore, rest);
  return [
    ...(settings.length === 0 ? [] : [{ kind: 'changed' as const, what: 'plant', details: settings }]),
    ...section('adapter', byId(present.sources.map(clockAsWritten)), byId(sources.map(clockAsWritten))),
    ...section('asset', byId(present.assets), byId(assets)),
    ...section('tag', byName(present.tags), byName(tags)),
    ...gatherRules(ruleChanges(present.rules, rules)),
    ...section('endpoint', byId(present.endpoints), byId(endpoints)),
  ];
}

/** The differences for a person, one a line, details below. */
export function sayPlantChanges(changes: readonly PlantChange[]): string {
  if (changes.length === 0) return 'no difference in the configuration';
  const signs = { added: '+', removed: '-', changed: '~' } as const;
  return changes
    .flatMap(({ kind, what, details }) => [`${signs[kind]} ${what}`, ...details.map((detail) => `    ${detail}`)])
    .join('\n');
}

function byId<T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((each) => [each.id, each]));
}

function byName<T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((each) => [each.name, each]));
}

/** With the clock as the plant file has it: `clock` and `clockLimit`. */
function clockAsWritten({ clock, ...source }: Source) {
  return {
    ...source,
    clock: clock?.kind ?? 'trust',
    ...(clock?.kind === 'correct' && { clockLimitMs: clock.limitMs }),
  };
}

function section(word: string, before: ReadonlyMap<string, object>, now: ReadonlyMap<string, object>): PlantChange[] {
  const names = [...new Set([...before.keys(), ...now.keys()])].sort();
  return names.flatMap((name): PlantChange[] => {
    const [old, fresh] = [before.get(name), now.get(name)];
    const what = `${word} ${name}`;
    if (old === undefined) return [{ kind: 'added', what, details: [] }];
    if (fresh === undefined) return [{ kind: 'removed', what, details: [] }];
    const details = detailsOf(old, fresh);
    return details.length === 0 ? [] : [{ kind: 'changed', what, details }];
  });
}

function ruleChanges(before: Plant['rules'], now: Plant['rules']): RuleChange[] {
  const rules = new Map([...before, ...now].map((rule) => [rule.id, rule]));
  return section('rule', byId(before), byId(now)).map((change) => ({
    ...change,
    rule: rules.get(change.what.slice('rule '.length))!, // `section` named it
  }));
}

function detailsOf(before: object, now: object): string[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const fresh = new Map<string, unknown>(Object.entries(now));
  const detect = fresh.get('detect');
  const isDuration: IsDuration = ([first, second = '']) =>
    first === 'with' && typeof detect === 'string' && isDurationOf(detect, second);
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key) => {
    const [from, to] = [old.get(key), fresh.get(key)];
    if (isDeepStrictEqual(from, to)) return [];
    // An adapter's settings and an endpoint may hold a secret that was filled in.
    if (key === 'secret' || key === 'config' || key === 'url') return [`${key}: changed`];
    return sayDifference([key], { from, to }, isDuration);
  });
}

function isDurationOf(detect: string, setting: string): boolean {
  // TypeBox schemas are JSON Schemas.
  const schema = detectorOf(detect)?.config as { properties?: Record<string, { format?: string }> } | undefined;
  return schema?.properties?.[setting]?.format === 'duration';
}
