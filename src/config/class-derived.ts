import { compileNumber } from '../../rules/expression.ts';
import type { Asset } from '../model/plant.ts';
import type { ReadAssets } from './assets.ts';
import type { LoadContext } from './context.ts';
import type { DerivedDraft } from './derived-section.ts';
import { isUnset, placeOf } from './document.ts';
import { nearest } from './nearest.ts';
import type { Path } from './problems.ts';

/** A derived tag, and under which key of `derived` the plant file has it. */
export interface NamedDraft {
  readonly name: string;
  readonly key: string;
  readonly draft: DerivedDraft;
}

/** One asset's derived tag of a class, before it is known whether the asset has what it is computed from. */
interface Candidate extends NamedDraft {
  readonly reads: readonly string[];
}

const ON_CLASS = /^class:([^.]*)\.(.+)$/;

/**
 * The derived tags of a plant file with those on a class, `class:pump.head`, as one for every asset of the class that has all the
 * tags that it is computed from, and no tag of that name itself. Complains of one that no asset of its class can have.
 */
export function spreadDerived(
  context: LoadContext,
  drafts: Readonly<Record<string, DerivedDraft>>,
  { assets, tags }: Pick<ReadAssets, 'assets' | 'tags'>,
): readonly NamedDraft[] {
  const own = Object.entries(drafts).filter(([key]) => !ON_CLASS.test(key));
  const taken = new Set([...tags.keys(), ...own.map(([name]) => name)]);
  let candidates: readonly Candidate[] = Object.entries(drafts).flatMap(([key, draft]) =>
    candidatesOf(context, { key, draft, assets, taken }),
  );
  const all = candidates;
  // They may be computed from each other: who lacks something is left out until nobody does.
  for (;;) {
    const names = new Set([...taken, ...candidates.map(({ name }) => name)]);
    const able = candidates.filter(({ reads }) => reads.every((name) => names.has(name)));
    if (able.length === candidates.length) break;
    candidates = able;
  }
  for (const key of new Set(all.map((each) => each.key))) {
    if (!candidates.some((each) => each.key === key)) complainOfLack(context, key, all, taken);
  }
  return [...own.map(([name, draft]) => ({ name, key: name, draft })), ...candidates];
}

function candidatesOf(
  context: LoadContext,
  at: {
    readonly key: string;
    readonly draft: DerivedDraft;
    readonly assets: readonly Asset[];
    readonly taken: ReadonlySet<string>;
  },
): Candidate[] {
  const { key, draft, assets, taken } = at;
  const [, kind, tail] = ON_CLASS.exec(key) ?? [];
  if (kind === undefined || tail === undefined) return [];
  const members = assets.filter((asset) => asset.class === kind);
  if (members.length === 0) {
    const classes = assets.flatMap((asset) => asset.class ?? []);
    complain(context, ['derived', key], {
      message: `no asset is of class "${kind}", for derived tag "${key}"`,
      suggestion: nearest(kind, classes),
    });
  }
  return members
    .map((asset) => ({ asset: asset.id, name: `${asset.id}.${tail}` }))
    .filter(({ name }) => !taken.has(name))
    .map(({ asset, name }) => {
      const expression = compileNumber(draft.value ?? '', { tags: () => true, asset });
      return { name, key, draft, reads: expression.ok ? expression.reads : [] }; // what is wrong with it is told when it is read
    });
}

function complainOfLack(
  context: LoadContext,
  key: string,
  all: readonly Candidate[],
  taken: ReadonlySet<string>,
): void {
  const names = new Set([...taken, ...all.map(({ name }) => name)]);
  const first = all.find((each) => each.key === key);
  const lack = first?.reads.find((name) => !names.has(name)) ?? first?.reads[0] ?? '';
  complain(context, ['derived', key, 'value'], {
    message: `no asset of its class has all tags that derived tag "${key}" is computed from: there is no ${lack}`,
    suggestion: nearest(lack, names),
  });
}

function complain(
  { root, report }: LoadContext,
  path: Path,
  said: { readonly message: string; readonly suggestion: string | null },
): void {
  if (!isUnset(root, path))
    report.problem({ at: placeOf(root, path, path.length === 2 ? 'key' : 'value'), path, ...said });
}
