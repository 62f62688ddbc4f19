import { isTagName } from '../model/names.ts';
import { declaredType, type Source, type Tag, type TagNature } from '../model/plant.ts';
import type { DiscardReason } from '../model/source-state.ts';
import { UnknownTags } from './unknown-tags.ts';

/** The tag of a reading, or why there is none. */
export type Resolution = { readonly tag: Tag } | { readonly refused: DiscardReason; readonly reason: string };

const PRINTABLE = /^[^\p{Cc}\p{Cs}]+$/u;

/** Most tags of which it is remembered what their sources say. */
const MOST_DESCRIBED = 100_000;
const LONGEST_UNIT = 50;
const UNDESCRIBED: TagNature = { unit: null, range: null };

/** What the database is told of a tag that nobody configured. */
export type AdoptedTag = Pick<Tag, 'name' | 'asset' | 'source'> & TagNature;

/** Every tag the service knows: those of the plant file, and those adopted from sources that may bring new ones. */
export class TagRegistry {
  /** What sources with `adopt: ask` brought. */
  readonly unknown = new UnknownTags();
  readonly #tags = new Map<string, Tag>();
  /** Names of the plant file. */
  readonly #listed = new Set<string>();
  readonly #adopted = new Map<string, number>();
  /** Tags that nobody knows the source of: an earlier run was killed before it could say. */
  readonly #ownerless = new Set<string>();
  /** What sources said of tags that are none of the plant file. */
  readonly #natures = new Map<string, TagNature>();
  /** Adopted tags of which something is known that the database was not told. */
  readonly #untold = new Set<string>();
  /** Names that are being adopted, with the source they count for already. */
  readonly #claimed = new Map<string, string>();

  constructor(tags: readonly Tag[], adoptedBefore: readonly Pick<Tag, 'name' | 'asset' | 'source'>[] = []) {
    this.replaceListed(tags);
    for (const { name, asset, source } of adoptedBefore) {
      if (this.#tags.has(name)) continue;
      this.adopt({ name, asset, source });
      if (source === null) this.#ownerless.add(name);
      this.#untold.delete(name);
    }
  }

  /**
   * Takes the tags of a plant file for those of the one before; what was adopted stays, unless it is listed now. Answers the
   * names that are of no tag any more.
   */
  replaceListed(tags: readonly Tag[]): readonly string[] {
    const before = [...this.#listed];
    for (const name of before) this.#tags.delete(name);
    this.#listed.clear();
    for (const tag of tags) {
      const adopted = this.#tags.get(tag.name);
      if (adopted?.source) this.#count(adopted.source, -1);
      this.#ownerless.delete(tag.name);
      this.#untold.delete(tag.name);
      this.unknown.forget(tag.name);
      this.#listed.add(tag.name);
      this.#tags.set(tag.name, tag);
    }
    return before.filter((name) => !this.#listed.has(name));
  }

  /** What a tag is meant to hold; `null`: nobody said, or there is none. */
  typeOf(name: string): 'number' | 'text' | null {
    const tag = this.#tags.get(name);
    return tag === undefined ? null : declaredType(tag);
  }

  /** The tag called `name`; adopted on the spot when its source may bring new tags. */
  resolve(name: string, source: Source): Resolution {
    const known = this.#tags.get(name);
    if (known) return { tag: this.isOwnerless(known) ? this.#ownedBy(source, known) : known };
    if (!isTagName(name)) {
      return { refused: 'invalid_tag', reason: `a tag is addressed as <asset>.<tag>, for example pump-1.vibration` };
    }
    if (source.adopt !== 'auto') {
      return {
        refused: 'unknown_tag',
        reason:
          source.adopt === 'ask'
            ? `nobody has adopted this tag of ${source.id} yet: see the unknown tags`
            : `the plant file has no such tag and ${source.id} does not adopt new ones`,
      };
    }
    if (this.#isFull(source)) return { refused: 'adopt_limit', reason: sayFull(source) };
    return { tag: this.adopt({ name, asset: name.slice(0, name.indexOf('.')), source: source.id }) };
  }

  /**
   * Sets a name aside for a person to adopt: `null`, and `release` must be called; or why it may not be adopted. It counts for
   * its source at once: what others adopt meanwhile finds that much less room.
   */
  claim(name: string, source: Source): { code: DiscardReason; reason: string } | null {
    if (this.#tags.has(name)) return { code: 'duplicate', reason: 'it is a tag already' };
    if (this.#claimed.has(name)) return { code: 'duplicate', reason: 'somebody else is adopting it' };
    if (!this.unknown.has(source.id, name)) {
      return { code: 'unknown_tag', reason: `${source.id} has not brought it since the service was started` };
    }
    if (this.#isFull(source)) return { code: 'adopt_limit', reason: sayFull(source) };
    this.#claimed.set(name, source.id);
    this.#count(source.id, 1);
    return null;
  }

  /** Ends a claim; what was adopted is given to `adopt` then. */
  release(name: string): void {
    const source = this.#claimed.get(name);
    if (source !== undefined) this.#count(source, -1);
    this.#claimed.delete(name);
  }

  /** Takes a tag among those that are known. */
  adopt({ name, asset, source }: Pick<Tag, 'name' | 'asset' | 'source'>): Tag {
    const tag: Tag = { name, asset, source, unit: null, range: null, deadband: 0, heartbeatMs: 60_000 };
    if (source !== null && !this.#tags.has(name)) this.#count(source, 1);
    this.#tags.set(name, tag);
    this.#untold.add(name);
    this.unknown.forget(name);
    return tag;
  }

  /** Takes what a source says of a tag that it found by itself. What can't be shown is left out. */
  describe(name: string, { adopt }: Pick<Source, 'adopt'>, { unit, range }: TagNature): void {
    if (adopt === 'never') return;
    const known = this.#natures.get(name) ?? UNDESCRIBED;
    const nature: TagNature = {
      unit: unit !== null && unit.length <= LONGEST_UNIT && PRINTABLE.test(unit) ? unit : null,
      range: range?.every(Number.isFinite) && range[0] < range[1] ? range : null,
    };
    const isNew = known.unit !== nature.unit || String(known.range) !== String(nature.range);
    if (!isNew || (known === UNDESCRIBED && this.#natures.size >= MOST_DESCRIBED)) return;
    this.#natures.set(name, nature);
    if (this.#tags.has(name)) this.#untold.add(name);
  }

  /** Whether the database was not told yet all that is known of an adopted tag. */
  isUntold(name: string): boolean {
    return this.#untold.has(name);
  }

  /** What the database is to be told of a tag that it may not have. */
  tellOf(name: string): AdoptedTag {
    const source = this.#tags.get(name)?.source ?? null;
    return { name, asset: name.slice(0, name.indexOf('.')), source, ...(this.#natures.get(name) ?? UNDESCRIBED) };
  }

  /** The database was told so: nothing is left to tell, unless more is known by now. */
  told({ name, source, unit, range }: AdoptedTag): void {
    const now = this.tellOf(name);
    if (now.source === source && now.unit === unit && now.range === range) this.#untold.delete(name);
  }

  /** A tag by name, if it is known. */
  find(name: string): Tag | undefined {
    return this.#tags.get(name);
  }

  /** Whether nobody knows the source of a tag that some source may bring again: `resolve` gives it to the one that does. */
  isOwnerless({ name, source }: Tag): boolean {
    return source === null && this.#ownerless.has(name);
  }

  /** How many tags come from a source. */
  countOf(sourceId: string): number {
    let count = 0;
    for (const { source } of this.#tags.values()) if (source === sourceId) count++;
    return count;
  }

  /** A tag that nobody knew the source of belongs to the first that brings it and may bring new ones. */
  #ownedBy({ id, adopt }: Source, tag: Tag): Tag {
    if (adopt === 'never') return tag;
    this.#ownerless.delete(tag.name);
    const owned: Tag = { ...tag, source: id };
    this.#tags.set(tag.name, owned);
    this.#untold.add(tag.name);
    this.#count(id, 1);
    return owned;
  }

  #count(sourceId: string, by: number): void {
    this.#adopted.set(sourceId, (this.#adopted.get(sourceId) ?? 0) + by);
  }

  #isFull({ id, adoptLimit }: Source): boolean {
    return (this.#adopted.get(id) ?? 0) >= adoptLimit;
  }
}

function sayFull({ id, adoptLimit }: Source): string {
  return `${id} has brought ${adoptLimit} new tags already (adoptLimit)`;
}
