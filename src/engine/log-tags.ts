import type { TagState } from './carriers.ts';

/** The states of tags by their numbers in the log's dictionary: looked up for each reading, so by name only once. */
export class LogTags {
  readonly #byLogId: (TagState | undefined)[] = [];
  readonly #tags: ReadonlyMap<string, TagState>;
  readonly #isMadeHere: (tag: TagState) => boolean;

  /** `isMadeHere`: what the log says of such a tag was judged when it was made. */
  constructor(tags: ReadonlyMap<string, TagState>, isMadeHere: (tag: TagState) => boolean) {
    this.#tags = tags;
    this.#isMadeHere = isMadeHere;
  }

  /** `undefined`: nobody watches it. `names`: the dictionary as far as it has been read. */
  find(logTagId: number, names: ReadonlyMap<number, string>): TagState | undefined {
    const known = this.#byLogId[logTagId];
    if (known) return known;
    const named = this.#tags.get(names.get(logTagId) ?? '');
    const found = named && this.#isMadeHere(named) ? undefined : named;
    this.#byLogId[logTagId] = found;
    return found;
  }
}
