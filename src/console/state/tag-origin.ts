import type { Tag } from '../api.generated.ts';

/** A load is nobody's slip: what is a share of something says with its unit nothing of what. */
const SHARES: ReadonlySet<string> = new Set(['%', '1']);

/**
 * Says where the values of a tag come from, where that can be mistaken: of a tag that is made of captures what it is, and of one that
 * its instrument sends in the same unit that it is not the same. `null`: nothing is to be said.
 */
export function originOf(tag: Tag, tags: Iterable<Tag>): string | null {
  if (tag.says !== null) return tag.says;
  if (tag.unit === null || tag.source === null || SHARES.has(tag.unit)) return null;
  const twin = [...tags].find((one) => one.says !== null && one.asset === tag.asset && one.unit === tag.unit);
  if (twin === undefined) return null;
  return `as its instrument sends it, with the band and the mean that are set there: not the same as ${twin.name}`;
}
