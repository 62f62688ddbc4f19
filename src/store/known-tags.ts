import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';
import { findTag, type StoredTag } from './tags.ts';

/** What of a tag only changes when somebody writes about tags; its newest reading changes all the time. */
export type KnownTag = Pick<StoredTag, 'id' | 'name' | 'unit'>;

/** Most tags that are remembered; with more, all are forgotten. */
const MOST_TAGS = 10_000;
/** Another program may have written about tags as well, for example an import. */
const KNOWN_MS = 60_000;

/**
 * Remembers tags that were asked for: a chart that is drawn again and again, while somebody zooms or a dashboard refreshes, need not
 * ask each time what its tag is. A question to the database costs the service 0.4 ms of CPU. Names that are of no tag are not
 * remembered, so a new tag is there at once.
 */
export class KnownTags {
  readonly #session: Session;
  readonly #known = new Map<string, { readonly tag: KnownTag; readonly until: EpochMs }>();
  /** Goes up whenever everything is forgotten: what was asked before that may be out of date. */
  #age = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The tag of that name at the time `now`, `null` when there is none. */
  async find(name: string, now: EpochMs): Promise<KnownTag | null> {
    const known = this.#known.get(name);
    if (known !== undefined && now < known.until) return known.tag;
    const age = this.#age;
    const found = await findTag(this.#session, name);
    if (found === null) return null;
    const tag = { id: found.id, name: found.name, unit: found.unit };
    if (this.#known.size >= MOST_TAGS) this.#known.clear();
    if (age === this.#age) this.#known.set(name, { tag, until: now + KNOWN_MS });
    return tag;
  }

  /** Forgets everything: to be called after tags were written. */
  forget(): void {
    this.#age += 1;
    this.#known.clear();
  }
}
