import type { Source } from '../model/plant.ts';
import type { EpochMs, Reading } from '../model/reading.ts';
import type { UnknownTag } from '../model/unknown-tag.ts';

/** Most unknown tags remembered of one source, whatever its `adoptLimit`: nobody looks through more. */
export const LISTED_UNKNOWN_TAGS = 10_000;

interface Seen {
  readonly firstSeen: EpochMs;
  lastSeen: EpochMs;
  count: number;
  value: number | null;
}

/**
 * Remembers the tags that sources with `adopt: ask` brought, for a person to adopt: the first ones of each source, up to
 * its `adoptLimit`. In memory: after a restart they are listed when they come again.
 */
export class UnknownTags {
  readonly #bySource = new Map<string, Map<string, Seen>>();
  #notListed = 0;

  /** Takes note of a reading whose tag is not known. */
  note({ tag, value }: Reading, { id, adoptLimit }: Pick<Source, 'id' | 'adoptLimit'>, now: EpochMs): void {
    let seen = this.#bySource.get(id);
    if (seen === undefined) {
      seen = new Map();
      this.#bySource.set(id, seen);
    }
    const known = seen.get(tag);
    if (known !== undefined) {
      known.lastSeen = now;
      known.count += 1;
      known.value = value;
    } else if (seen.size < Math.min(adoptLimit, LISTED_UNKNOWN_TAGS)) {
      seen.set(tag, { firstSeen: now, lastSeen: now, count: 1, value });
    } else {
      this.#notListed += 1;
    }
  }

  /** Readings of tags that found the list of their source full. */
  get notListed(): number {
    return this.#notListed;
  }

  /** All of them, by source and name. */
  list(): UnknownTag[] {
    const all = [...this.#bySource].flatMap(([source, seen]) =>
      [...seen].map(([name, each]): UnknownTag => ({ source, name, ...each })),
    );
    return all.sort((a, b) => compare(a.source, b.source) || compare(a.name, b.name));
  }

  has(source: string, name: string): boolean {
    return this.#bySource.get(source)?.has(name) ?? false;
  }

  /** Strikes a name off the list of every source: it is a tag now. */
  forget(name: string): void {
    for (const seen of this.#bySource.values()) seen.delete(name);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
