import type { Tag } from '../model/plant.ts';
import type { Session } from './database.ts';

/**
 * Makes tags that somebody adopted, with their assets; none of them may be in the plant file. One that was there earlier
 * becomes an adopted one: it would be retired again at the next start otherwise.
 */
export async function adoptTags(
  session: Session,
  tags: readonly Pick<Tag, 'name' | 'asset' | 'source'>[],
): Promise<void> {
  await session.query(
    `insert into asset (id, name, origin) select distinct id, id, 'adopted' from unnest($1::text[]) as id
     on conflict (id) do update set retired_at = null, origin = 'adopted' where asset.retired_at is not null`,
    [tags.map(({ asset }) => asset)],
  );
  await session.query(
    `insert into tag (name, asset, source, origin)
     select *, 'adopted' from unnest($1::text[], $2::text[], $3::text[])
     on conflict (name) do update set retired_at = null, origin = 'adopted', source = excluded.source`,
    [tags.map(({ name }) => name), tags.map(({ asset }) => asset), tags.map(({ source }) => source)],
  );
}
