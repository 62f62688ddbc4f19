import type { Alert, ReadingItem, Tag } from '../api.generated.ts';

/** How many values a tile shows: what one glance takes in. */
export const TILE_TAGS = 4;

/**
 * Leaves out the tags that waveforms and thermal frames come to: they have no readings ever, and the tags below them, which are made by
 * the service and have no source, say what is in them.
 */
export function valuedTags(tags: readonly Tag[]): readonly Tag[] {
  const made = tags.filter((tag) => tag.source === null);
  return tags.filter(
    (tag) => tag.source === null || tag.latest !== null || !made.some(({ name }) => name.startsWith(`${tag.name}.`)),
  );
}

/**
 * Chooses the values on an asset's tile: those somebody set limits on first, then what is measured, then what is made of it, last what has no
 * unit, such as where a hot spot is, each in the order of the plant file, so that a value keeps its place. A tag with an active alert is always among them.
 */
export function tileTags(tags: readonly Tag[], alerts: readonly Alert[]): readonly Tag[] {
  const limited = tags.filter((tag) => tag.limits.length > 0);
  const others = tags.filter((tag) => tag.limits.length === 0);
  const measured = others.filter((tag) => tag.source !== null);
  const made = others.filter((tag) => tag.source === null);
  const inUnits = made.filter(({ unit }) => unit !== null && unit !== '1');
  const inOrder = new Set([...limited, ...measured, ...inUnits, ...made]);
  const chosen = new Set([...inOrder].slice(0, TILE_TAGS));
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

/**
 * Chooses the tags that tell how much of an asset is known: what is measured. What is made of that is bad whenever it cannot be told, such
 * as the bearing's while its shaft stands, and counts only where there is nothing else.
 */
export function tellingTags(tags: readonly Tag[]): readonly Tag[] {
  const measured = tags.filter((tag) => tag.source !== null);
  return measured.length > 0 ? measured : tags;
}

/** How much of an asset is known at the moment. */
export type Known = 'all' | 'part' | 'none';

/** Tells from the quality of its newest readings how much of an asset is known; an asset without tags is wholly unknown. */
export function knownOf(qualities: readonly ReadingItem['quality'][]): Known {
  const trusted = qualities.filter((quality) => quality !== 'bad').length;
  if (trusted === 0) return 'none';
  return trusted === qualities.length ? 'all' : 'part';
}
