import type { MeasuringPoint } from '../model/measuring-point.ts';
import type { Asset, JobPlan, Plant, Rule, Tag } from '../model/plant.ts';
import type { LoadContext } from './context.ts';
import { isUnset, placeOf } from './document.ts';
import { nearest } from './nearest.ts';
import type { Path } from './problems.ts';
import type { RuleDraft } from './sections.ts';

/** What rules are checked against: the tags by name, and the assets they belong to. */
export interface RuleSurroundings {
  readonly tags: ReadonlyMap<string, Tag>;
  readonly assets: readonly Asset[];
  /** Where captures are taken; absent: nowhere. */
  readonly points?: readonly MeasuringPoint[];
  /** What to do about faults by their names. */
  readonly jobs?: Readonly<Record<string, JobPlan>>;
}

/** The class that a rule is on. */
export interface ClassOfAssets {
  readonly kind: string;
  /** Those that have every tag the rule is on. Empty when that is told already. */
  readonly assets: readonly Asset[];
  /** Those of them that have no rule of their own in its place. */
  readonly members: readonly Asset[];
}

const ON_CLASS = /^class:([^.]*)\.(.+)$/;

/**
 * Whom a rule on `class:pump.vibration` is for: every asset of the class `pump` that has all the tags of the class in `on` and `given`. `null`
 * for a rule on tags alone. Complains of two classes in one rule, and of a class or a tag that there is not.
 */
export function readClass(
  context: LoadContext,
  id: string,
  rules: Readonly<Record<string, RuleDraft>>,
  { tags, assets }: RuleSurroundings,
): ClassOfAssets | null {
  const wanted = (['on', 'given'] as const).flatMap((key) => {
    const names = rules[id]?.[key] ?? [];
    return [names].flat().flatMap((name, index) => {
      const parts = ON_CLASS.exec(name);
      const path: Path = ['rules', id, key, ...(typeof names === 'string' ? [] : [index])];
      return parts === null ? [] : [{ key, name, path, kind: parts[1] ?? '', tag: parts[2] ?? '' }];
    });
  });
  const [first] = wanted;
  if (first === undefined) return null;
  if (first.key === 'given') {
    const message = `rules.${id} is given ${first.name}, and is on no class: name the tag of one asset`;
    complain(context, { path: first.path, message, suggestion: null });
    return { kind: first.kind, assets: [], members: [] };
  }
  let found = assets.filter((asset) => asset.class === first.kind);
  for (const { name, path, kind, tag } of wanted) {
    if (kind !== first.kind) {
      const message = `rules.${id} is on two classes, ${first.kind} and ${kind}: write a rule for each`;
      complain(context, { path, message, suggestion: null });
      continue;
    }
    const having = found.filter((asset) => tags.has(`${asset.id}.${tag}`));
    if (having.length === 0) {
      const also = name === first.name ? '' : ` besides what else rules.${id} is on`;
      const suggestion = nearest(name, namesOnClasses({ tags, assets }));
      const there = suggestion === null ? sayClass(kind, { tags, assets }) : '';
      const message = `no asset of class "${kind}" has a tag "${tag}"${also} in rules.${id}${there}`;
      complain(context, { path, message, suggestion });
      return { kind: first.kind, assets: [], members: [] };
    }
    found = having;
  }
  const members = found.filter((asset) => !isOnAsset(rules[idFor(asset, id)]?.on, asset));
  return { kind: first.kind, assets: found, members };
}

/** Most names that a message lists. */
const MOST_NAMED = 12;

/** What there is where nothing is near: the tags of the class, or the classes. */
export function sayClass(kind: string, { tags, assets }: RuleSurroundings): string {
  const names = namesOnClasses({ tags, assets }).map((name) => ON_CLASS.exec(name));
  const own = names.flatMap((parts) => (parts?.[1] === kind ? (parts[2] ?? []) : []));
  const kinds = [...new Set(names.flatMap((parts) => parts?.[1] ?? []))];
  const named = (all: readonly string[]) =>
    `${all.slice(0, MOST_NAMED).join(', ')}${all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : ''}`;
  if (own.length > 0) return `: it has ${named(own)}`;
  return kinds.length === 0 ? ': no asset has a class' : `: there are the classes ${named(kinds)}`;
}

/** The id of the rule on a class for one of its assets. */
function idFor(asset: Asset, id: string): string {
  return `${id}-${asset.id}`;
}

/** The rules that a rule on a class became, one for each asset; none where no rule on a class has that id. */
export function rulesOfClass(id: string, { rules, assets }: Pick<Plant, 'rules' | 'assets'>): readonly string[] {
  const ids = new Set(assets.map((asset) => idFor(asset, id)));
  return rules.map((rule) => rule.id).filter((each) => ids.has(each));
}

function isOnAsset(on: RuleDraft['on'] | undefined, asset: Asset): boolean {
  return on !== undefined && [on].flat().some((name) => name.startsWith(`${asset.id}.`));
}

/** Whether a name in `on` means a tag of a class, and not a tag. */
export function isWrittenForClass(name: string): boolean {
  return ON_CLASS.test(name);
}

/** Whether a name is that of a tag of the class, as a condition writes it: at least one of the assets has it, or they are not known. */
export function isOnClass(name: string, of: ClassOfAssets | null, tags: ReadonlyMap<string, Tag>): boolean {
  if (!of?.kind || !name.startsWith(`class:${of.kind}.`)) return false;
  return of.assets.length === 0 || of.assets.some((asset) => tags.has(nameFor(asset, name, of)));
}

/** The assets of the class that lack a tag of it. Empty for the name of a tag itself. */
export function lacking(name: string, of: ClassOfAssets | null, tags: ReadonlyMap<string, Tag>): readonly Asset[] {
  return of?.members.filter((asset) => !tags.has(nameFor(asset, name, of))) ?? [];
}

/** Everything that may be written for a tag of a class: `class:pump.vibration`. */
export function namesOnClasses({ tags, assets }: RuleSurroundings): readonly string[] {
  const classes = new Map(assets.map((asset) => [asset.id, asset.class]));
  const names = [...tags.values()].flatMap(({ name, asset }) => {
    const kind = classes.get(asset) ?? null;
    return kind === null ? [] : [`class:${kind}${name.slice(asset.length)}`];
  });
  return [...new Set(names)];
}

/** The tags that a rule is on, with those of each asset for those of the class. */
export function tagsOf(on: readonly string[], of: ClassOfAssets | null): readonly string[] {
  if (of === null) return on;
  return [...new Set(of.members.flatMap((asset) => on.map((name) => nameFor(asset, name, of))))];
}

/** A rule on a class as one rule for each of its assets, `<rule>-<asset>`: conditions ask about the same asset. */
export function perAsset(rule: Rule, of: ClassOfAssets): { readonly asset: string; readonly rule: Rule }[] {
  return of.members.map((asset) => {
    const said = (text: string) =>
      ['"', "'"].reduce((all, quote) => all.replaceAll(`${quote}class:${of.kind}.`, `${quote}${asset.id}.`), text);
    const { alarm } = rule.with;
    const own = {
      ...rule,
      id: idFor(asset, rule.id),
      on: rule.on.map((name) => nameFor(asset, name, of)),
      ...(rule.given && { given: rule.given.map((name) => nameFor(asset, name, of)) }),
      with: typeof alarm === 'string' ? { ...rule.with, alarm: said(alarm) } : rule.with,
      when: rule.when === null ? null : said(rule.when),
    };
    return { asset: asset.id, rule: own };
  });
}

/**
 * All rules of a plant: those on tags as they are, those on classes asset by asset. Complains of an id that two rules have.
 */
export function spread(
  context: LoadContext,
  read: readonly { readonly rule: Rule; readonly of: ClassOfAssets | null }[],
): readonly Rule[] {
  const taken = new Map(read.map(({ rule }) => [rule.id, rule.id]));
  return read.flatMap(({ rule, of }) => {
    if (of === null) return [rule];
    return perAsset(rule, of).map(({ asset, rule: own }) => {
      const other = taken.get(own.id);
      taken.set(own.id, rule.id);
      if (other !== undefined) {
        const message = `rules.${rule.id} gives ${asset} a rule ${own.id}, and rules.${other} has that id already and is not on ${asset}: name one of them otherwise`;
        complain(context, { path: ['rules', rule.id], message, suggestion: null });
      }
      return own;
    });
  });
}

function nameFor({ id }: Asset, name: string, { kind }: ClassOfAssets): string {
  const prefix = `class:${kind}.`;
  return name.startsWith(prefix) ? `${id}.${name.slice(prefix.length)}` : name;
}

function complain(
  { root, report }: LoadContext,
  { path, message, suggestion }: { readonly path: Path; readonly message: string; readonly suggestion: string | null },
): void {
  if (!isUnset(root, path))
    report.problem({ at: placeOf(root, path, path.length === 2 ? 'key' : 'value'), path, message, suggestion });
}
