import type { Source, Tag } from '../model/plant.ts';
import type { AdoptionOutcome, UnknownTag } from '../model/unknown-tag.ts';
import { adoptTags } from '../store/adopt-tags.ts';
import type { Database } from '../store/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { TagRegistry } from './tag-registry.ts';

/** What people can do about unknown tags. */
export interface Adoption {
  /** Those of sources with `adopt: ask`, by source and name. */
  readonly list: () => readonly UnknownTag[];
  /** Readings whose tags found the list of their source full. */
  readonly notListed: () => number;
  /** Makes tags of unknown ones, for good; `null` when there is no such source. Rejects when the database does not answer. */
  readonly adopt: (wish: {
    readonly source: string;
    readonly tags: readonly string[];
    readonly by: string;
  }) => Promise<AdoptionOutcome | null>;
}

/** Makes the adoption of unknown tags: first in the database, then for the sources, so that a restart knows them too. */
export function createAdoption({
  sources,
  tags,
  database,
  logger,
}: {
  readonly sources: readonly Source[];
  readonly tags: TagRegistry;
  readonly database: Database;
  readonly logger: Logger;
}): Adoption {
  return {
    list: () => tags.unknown.list(),
    notListed: () => tags.unknown.notListed,
    adopt: async ({ source: id, tags: names, by }) => {
      const source = sources.find((each) => each.id === id);
      if (source === undefined) return null;
      const wanted: Pick<Tag, 'name' | 'asset' | 'source'>[] = [];
      const refused: AdoptionOutcome['refused'][number][] = [];
      for (const name of new Set(names)) {
        const refusal = tags.refuseAdoption(name, source, wanted.length);
        if (refusal !== null) refused.push({ tag: name, ...refusal });
        else wanted.push({ name, asset: name.slice(0, name.indexOf('.')), source: id });
      }
      if (wanted.length > 0) await database.transaction((session) => adoptTags(session, wanted));
      for (const tag of wanted) tags.adopt(tag);
      if (wanted.length > 0) logger.info({ adapter: id, tags: wanted.length, by }, 'tags adopted');
      return { adopted: wanted.map(({ name }) => name), refused };
    },
  };
}
