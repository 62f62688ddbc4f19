import type { Source } from '../model/plant.ts';
import type { EpochMs, Reading } from '../model/reading.ts';
import type { Adoption, UnknownTag } from '../model/unknown-tag.ts';

/** Most unknown tags remembered of one source, whatever its `adoptLimit`: nobody looks through more. */
export const LISTED_UNKNOWN_TAGS = 10_000;

interface Seen {
  readonly firstSeen: EpochMs;
  lastSeen: EpochMs;
  count: number;
  value: number | null;
}

/** What one source brought. */
interface OfSource {
  readonly seen: Map<string, Seen>;
  /** Their names in order; `null` after a change: looked at far less often than it changes, and then page by page. */
  ordered: readonly string[] | null;
}

/**
 * Remembers the tags that sources with `adopt: ask` brought, for a person to adopt: the first ones of each source, up to
 * its `adoptLimit`. In memory: after a restart they are listed when they come again.
 */
export class UnknownTags {
  readonly #bySource = new Map<string, OfSource>();
  #notListed = 0;

  /** Takes note of a reading whose tag is not known. */
  note({ tag, value }: Reading, { id, adoptLimit }: Pick<Source, 'id' | 'adoptLimit'>, now: EpochMs): void {
    let ofSource = this.#bySource.get(id);
    if (ofSource === undefined) {
      ofSource = { seen: new Map(), ordered: null };
      this.#bySource.set(id, ofSource);
    }
    const { seen } = ofSource;
    const known = seen.get(tag);
    if (known !== undefined) {
      known.lastSeen = now;
      known.count += 1;
      known.value = value;
    } else if (seen.size < Math.min(adoptLimit, LISTED_UNKNOWN_TAGS)) {
      seen.set(tag, { firstSeen: now, lastSeen: now, count: 1, value });
      ofSource.ordered = null;
    } else {
      this.#notListed += 1;
    }
  }

  /** Readings of tags that found the list of their source full. */
  get notListed(): number {
    return this.#notListed;
  }

  /** A page of them, by source and name. */
  list({ after, limit, source }: Parameters<Adoption['list']>[0]): UnknownTag[] {
    const page: UnknownTag[] = [];
    for (const id of [...this.#bySource.keys()].sort()) {
      if ((source !== undefined && id !== source) || (after !== null && id < after.source)) continue;
      const ofSource = this.#bySource.get(id)!;
      ofSource.ordered ??= [...ofSource.seen.keys()].sort();
      const { ordered, seen } = ofSource;
      const first = after?.source === id ? placeAfter(ordered, after.name) : 0;
      for (const name of ordered.slice(first, first + limit - page.length))
        page.push({ source: id, name, ...seen.get(name)! });
      if (page.length >= limit) break;
    }
    return page;
  }

  has(source: string, name: string): boolean {
    return this.#bySource.get(source)?.seen.has(name) ?? false;
  }

  /** Strikes a name off the list of every source: it is a tag now. */
  forget(name: string): void {
    for (const ofSource of this.#bySource.values()) if (ofSource.seen.delete(name)) ofSource.ordered = null;
  }
}

/** Where in an ordered list the first name is that comes behind another. */
function placeAfter(ordered: readonly string[], name: string): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ordered[middle]! > name) high = middle;
    else low = middle + 1;
  }
  return low;
}
