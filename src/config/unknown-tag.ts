import { nearest } from './nearest.ts';

/** Most tags of an asset that are listed. */
const MOST_LISTED = 12;

/**
 * What to say about a tag that is not there: the one that was probably meant, or in `hint` why nobody can tell. `names` are those of
 * the plant, `asset.name`.
 */
export function sayUnknownTag(
  name: string,
  names: readonly string[],
): { readonly hint: string; readonly suggestion: string | null } {
  const suggestion = nearest(name, names) ?? onlyOneCalled(name, names);
  if (suggestion !== null) return { hint: '', suggestion };
  const parts = name.split(',').map((part) => part.trim());
  if (parts.length > 1) return { hint: `: several are a list, [${parts.join(', ')}]`, suggestion: null };
  const [asset = '', ...rest] = name.split('.');
  if (rest.length === 0) return { hint: ': a tag is named asset.name', suggestion: null };
  const own = names.filter((each) => each.startsWith(`${asset}.`)).map((each) => each.slice(asset.length + 1));
  if (own.length === 0) return { hint: `: no tag of "${asset}" is listed`, suggestion: null };
  const more = own.length > MOST_LISTED ? ', …' : '';
  return { hint: `: ${asset} has ${own.slice(0, MOST_LISTED).join(', ')}${more}`, suggestion: null };
}

/** A name without its asset, where only one asset has such a tag. */
function onlyOneCalled(name: string, names: readonly string[]): string | null {
  const [first, second] = names.filter((each) => each.endsWith(`.${name}`));
  return first !== undefined && second === undefined ? first : null;
}
