import type { EpochMs } from './reading.ts';
import type { DiscardReason } from './source-state.ts';

/** A tag that a source with `adopt: ask` brought and that nobody has adopted yet. */
export interface UnknownTag {
  readonly source: string;
  /** `<asset>.<tag>`. */
  readonly name: string;
  readonly firstSeen: EpochMs;
  readonly lastSeen: EpochMs;
  /** Readings of it so far; all of them were discarded. */
  readonly count: number;
  /** Value of the newest one. */
  readonly value: number | null;
}

/** What people can do about unknown tags. */
export interface Adoption {
  /** Those of sources with `adopt: ask`, by source and name: the first `limit` behind `after`, of one source if it is given. */
  list(page: {
    readonly after: Pick<UnknownTag, 'source' | 'name'> | null;
    readonly limit: number;
    readonly source?: string | undefined;
  }): readonly UnknownTag[];
  /** Readings whose tags found the list of their source full. */
  notListed(): number;
  /** Makes tags of unknown ones, for good; `null` when there is no such source. Rejects when the database does not answer. */
  adopt(wish: {
    readonly source: string;
    readonly tags: readonly string[];
    readonly by: string;
  }): Promise<AdoptionOutcome | null>;
}

/** What became of a wish to adopt: those that are tags now, and why the others are not. */
export interface AdoptionOutcome {
  readonly adopted: readonly string[];
  readonly refused: readonly {
    readonly tag: string;
    readonly code: DiscardReason;
    readonly reason: string;
  }[];
}
