import type { Tag } from '../api.generated.ts';

/** Overall levels, as instruments send them, too: a single line or a slip in the same unit is another thing. */
const OVERALL = /\.(velocity_rms|acceleration_rms|hotspot)$/;

/**
 * Says where the values of a tag come from, where that can be mistaken: of a tag that is made of captures what it is, and of one that
 * its instrument sends in the same unit that it is not the same. `null`: nothing is to be said.
 */
export function originOf(tag: Tag, tags: Iterable<Tag>): string | null {
  if (tag.says !== null) return tag.says;
  if (tag.unit === null || tag.source === null) return null;
  const alike = [...tags].filter(
    (one) => one.says !== null && one.asset === tag.asset && one.unit === tag.unit && OVERALL.test(one.name),
  );
  const twins = nearest(tag, alike);
  if (twins.length === 0) return null;
  return `as its instrument sends it, with the band and the mean that are set there: not the same as ${twins.join(' or ')}`;
}

/** Those whose point is called most like the tag: of `vibration-nde` it is `pump-1.nde.velocity_rms`; all of them where none is. */
function nearest({ name }: Tag, alike: readonly Tag[]): readonly string[] {
  const own = new Set(wordsOf(name));
  const scores = alike.map((one) => wordsOf(one.name.replace(OVERALL, '')).filter((word) => own.has(word)).length);
  const most = Math.max(...scores);
  return alike.flatMap((one, i) => (scores[i] === most ? [one.name] : [])).sort();
}

/** The words of a tag's own name, without its asset's. */
function wordsOf(name: string): string[] {
  return name.slice(name.indexOf('.') + 1).split(/[._-]/);
}
