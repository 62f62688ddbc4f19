import type { Source, Tag } from '../model/plant.ts';
import type { Adoption, AdoptionOutcome } from '../model/unknown-tag.ts';
import { adoptTags } from '../store/adopt-tags.ts';
import type { Database } from '../store/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { TagRegistry } from './tag-registry.ts';

/** Makes the adoption of unknown tags: first in the database, then for the sources, so that a restart knows them too. */
export function createAdoption({
  sources,
  tags,
  database,
  logger,
}: {
  readonly sources: () => readonly Source[];
  readonly tags: TagRegistry;
  readonly database: Database;
  readonly logger: Logger;
}): Adoption {
  return {
    list: (page) => tags.unknown.list(page),
    notListed: () => tags.unknown.notListed,
    adopt: async ({ source: id, tags: names, by }) => {
      const source = sources().find((each) => each.id === id);
      if (source === undefined) return null;
      const wanted: Pick<Tag, 'name' | 'asset' | 'source'>[] = [];
      const refused: AdoptionOutcome['refused'][number][] = [];
      for (const name of new Set(names)) {
        const refusal = tags.claim(name, source);
        if (refusal !== null) refused.push({ tag: name, ...refusal });
        else wanted.push({ name, asset: name.slice(0, name.indexOf('.')), source: id });
      }
      try {
        if (wanted.length > 0) await database.transaction((session) => adoptTags(session, wanted));
      } finally {
        for (const { name } of wanted) tags.release(name);
      }
      for (const tag of wanted) tags.adopt(tag);
      if (wanted.length > 0) logger.info({ adapter: id, tags: wanted.length, by }, 'tags adopted');
      return { adopted: wanted.map(({ name }) => name), refused };
    },
  };
}
