import { detectorOf } from '../../rules/index.ts';
import type { ForgetTarget } from '../model/log-record.ts';
import type { Plant, Rule } from '../model/plant.ts';

/** What is to learn anew: a rule, on all its tags or on one, or all that an asset and its parts are judged by. */
export type Anew = { readonly rule: string; readonly tag: string | null } | { readonly asset: string };

/** Whose learning that is; empty: nobody there keeps what it learns. */
export function everythingOf(plant: Pick<Plant, 'rules' | 'assets' | 'tags'>, of: Anew): readonly ForgetTarget[] {
  const learning = plant.rules.filter(learns);
  if ('rule' in of) return learning.filter(({ id }) => id === of.rule).map(() => ({ ...of, from: null }));
  const assets = withParts(plant.assets, of.asset);
  const own = new Set(plant.tags.filter(({ asset }) => assets.has(asset)).map(({ name }) => name));
  return learning.flatMap(({ id: rule, detect, on }): ForgetTarget[] => {
    const mine = on.filter((tag) => own.has(tag));
    const isWhole = mine.length === on.length || (mine.length > 0 && detectorOf(detect)?.joins === true);
    return isWhole ? [{ rule, tag: null, from: null }] : mine.map((tag) => ({ rule, tag, from: null }));
  });
}

/** Whether a rule keeps what it learns, so that it can be told to learn anew. */
export function learns({ detect, with: settings }: Pick<Rule, 'detect' | 'with'>): boolean {
  const detector = detectorOf(detect);
  if (detector === undefined) return false;
  return detector.keepsLearnt === true || detector.learnsOnce?.(settings as never) === true; // as its own schema has checked
}

/** Whether a rule gets to know what it told as something that comes and goes by itself. */
export function knowsWhatItTold({ detect }: Pick<Rule, 'detect'>): boolean {
  return detectorOf(detect)?.forget !== undefined;
}

function withParts(assets: Plant['assets'], asset: string): ReadonlySet<string> {
  const found = new Set([asset]);
  for (const each of found) for (const { id, parent } of assets) if (parent === each) found.add(id); // it grows while it is gone through
  return found;
}
