import type { Alert, ReadingItem, Tag } from '../api.generated.ts';

/** How many values a tile shows: what one glance takes in. */
export const TILE_TAGS = 4;

/**
 * Chooses the values on an asset's tile: those somebody set limits on first, in the order of the plant file, so that a
 * value keeps its place. A tag with an active alert is always among them.
 */
export function tileTags(tags: readonly Tag[], alerts: readonly Alert[]): readonly Tag[] {
  const limited = tags.filter((tag) => tag.limits.length > 0);
  const others = tags.filter((tag) => tag.limits.length === 0);
  const chosen = new Set([...limited, ...others].slice(0, TILE_TAGS));
  for (const alert of alerts) {
    const tag = tags.find((one) => one.name === alert.tag);
    if (tag === undefined || chosen.has(tag)) continue;
    const spare = [...chosen].reverse().find((one) => !alerts.some((other) => other.tag === one.name));
    if (spare === undefined) break;
    chosen.delete(spare);
    chosen.add(tag);
  }
  return tags.filter((tag) => chosen.has(tag));
}

/** How much of an asset is known at the moment. */
export type Known = 'all' | 'part' | 'none';

/** Tells from the quality of its newest readings how much of an asset is known; an asset without tags is wholly unknown. */
export function knownOf(qualities: readonly ReadingItem['quality'][]): Known {
  const trusted = qualities.filter((quality) => quality !== 'bad').length;
  if (trusted === 0) return 'none';
  return trusted === qualities.length ? 'all' : 'part';
}
