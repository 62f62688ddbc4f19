import type { Asset, Plant, Tag, TagNature } from '../model/plant.ts';
import { type EpochMs, qualityOf } from '../model/reading.ts';
import type { Session } from './database.ts';
import type { StoredReading } from './readings.ts';

/** A tag as the database knows it, with its newest reading. */
export interface StoredTag {
  readonly id: number;
  readonly name: string;
  readonly asset: string;
  readonly unit: string | null;
  readonly source: string | null;
  readonly range: readonly [number, number] | null;
  readonly origin: 'plant' | 'adopted';
  readonly latest: StoredReading | null;
}

export interface StoredAsset extends Asset {
  readonly tags: readonly string[];
}

/** Writes what the plant file says about assets and tags; what it no longer lists is retired, its readings stay. */
export async function storePlant(session: Session, plant: Plant, at: EpochMs): Promise<void> {
  const { assets, tags } = plant;
  await session.query(
    `insert into asset (id, name, parent, class, criticality, origin)
     select *, 'plant' from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
     on conflict (id) do update set name = excluded.name, parent = excluded.parent, class = excluded.class,
       criticality = excluded.criticality, origin = 'plant', retired_at = null`,
    [
      assets.map((a) => a.id),
      assets.map((a) => a.name),
      assets.map((a) => a.parent),
      assets.map((a) => a.class),
      assets.map((a) => a.criticality),
    ],
  );
  await session.query(
    `insert into tag (name, asset, unit, source, range_low, range_high, origin)
     select *, 'plant' from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[])
     on conflict (name) do update set asset = excluded.asset, unit = excluded.unit, source = excluded.source,
       range_low = excluded.range_low, range_high = excluded.range_high, origin = 'plant', retired_at = null`,
    [
      tags.map((t) => t.name),
      tags.map((t) => t.asset),
      tags.map((t) => t.unit),
      tags.map((t) => t.source),
      tags.map((t) => t.range?.[0] ?? null),
      tags.map((t) => t.range?.[1] ?? null),
    ],
  );
  const now = new Date(at);
  await session.query(
    `update tag set retired_at = $2 where origin = 'plant' and retired_at is null and name <> all($1::text[])`,
    [tags.map((t) => t.name), now],
  );
  await session.query(
    `update asset set retired_at = $2 where origin = 'plant' and retired_at is null and id <> all($1::text[])`,
    [assets.map((a) => a.id), now],
  );
}

/**
 * Ids of tags by name; a name that is not there yet becomes an adopted tag of an adopted asset, and an adopted one gets the
 * source that it has not, and the unit and the range that are known now.
 */
export async function ensureTags(
  session: Session,
  tags: readonly (Pick<Tag, 'name' | 'asset' | 'source'> & Partial<TagNature>)[],
): Promise<ReadonlyMap<string, number>> {
  const names = tags.map(({ name }) => name);
  await session.query(
    `insert into asset (id, name, origin) select distinct id, id, 'adopted' from unnest($1::text[]) as id
     on conflict (id) do update set retired_at = null where asset.retired_at is not null`,
    [tags.map(({ asset }) => asset)],
  );
  await session.query(
    `insert into tag (name, asset, source, unit, range_low, range_high, origin)
     select *, 'adopted' from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[])
     on conflict (name) do update set retired_at = null, source = coalesce(tag.source, excluded.source),
         unit = coalesce(excluded.unit, tag.unit), range_low = coalesce(excluded.range_low, tag.range_low),
         range_high = coalesce(excluded.range_high, tag.range_high)
       where tag.retired_at is not null or (tag.origin = 'adopted' and (
             (tag.source is null and excluded.source is not null)
          or (excluded.unit is not null and excluded.unit is distinct from tag.unit)
          or (excluded.range_low is not null and
              (excluded.range_low, excluded.range_high) is distinct from (tag.range_low, tag.range_high))))`,
    [
      names,
      tags.map(({ asset }) => asset),
      tags.map(({ source }) => source),
      tags.map(({ unit = null }) => unit),
      tags.map(({ range = null }) => range?.[0] ?? null),
      tags.map(({ range = null }) => range?.[1] ?? null),
    ],
  );
  const { rows } = await session.query<{ id: number; name: string }>(
    'select id, name from tag where name = any($1::text[])',
    [names],
  );
  return new Map(rows.map(({ id, name }) => [name, id]));
}

/** Tags in the order of their names, after `after`, at most `limit`. */
export async function listTags(
  session: Session,
  page: { readonly after: string; readonly limit: number; readonly asset?: string | undefined },
): Promise<StoredTag[]> {
  const { rows } = await session.query<RawTag>(
    `${SELECT_TAG} where t.retired_at is null and t.name > $1 and ($2::text is null or t.asset = $2) order by t.name limit $3`,
    [page.after, page.asset ?? null, page.limit],
  );
  return rows.map(toTag);
}

/** One tag by name, `null` when there is none. Retired tags are found: their readings are still there. */
export async function findTag(session: Session, name: string): Promise<StoredTag | null> {
  const { rows } = await session.query<RawTag>(`${SELECT_TAG} where t.name = $1`, [name], { isKept: true });
  return rows[0] ? toTag(rows[0]) : null;
}

/** Those of the named tags that there are, in no order. */
export async function findTags(session: Session, names: readonly string[]): Promise<StoredTag[]> {
  const { rows } = await session.query<RawTag>(`${SELECT_TAG} where t.name = any($1::text[])`, [names]);
  return rows.map(toTag);
}

/** Assets in the order of their ids, after `after`, at most `limit`. */
export async function listAssets(
  session: Session,
  page: { readonly after: string; readonly limit: number },
): Promise<StoredAsset[]> {
  const { rows } = await session.query<StoredAsset>(
    `select a.id, a.name, a.parent, a.class, a.criticality,
            coalesce((select array_agg(t.name order by t.name) from tag t where t.asset = a.id and t.retired_at is null), '{}') as tags
       from asset a where a.retired_at is null and a.id > $1 order by a.id limit $2`,
    [page.after, page.limit],
  );
  return rows;
}

/** Whether there is an asset of that id. */
export async function hasAsset(session: Session, id: string): Promise<boolean> {
  const { rows } = await session.query('select 1 from asset where id = $1 and retired_at is null', [id]);
  return rows.length > 0;
}

const SELECT_TAG = `
  select t.id, t.name, t.asset, t.unit, t.source, t.range_low, t.range_high, t.origin,
         extract(epoch from l.at) * 1000 as at, l.value, l.quality, l.code
    from tag t left join reading_latest l on l.tag_id = t.id`;

interface RawTag {
  readonly id: number;
  readonly name: string;
  readonly asset: string;
  readonly unit: string | null;
  readonly source: string | null;
  readonly range_low: number | null;
  readonly range_high: number | null;
  readonly origin: 'plant' | 'adopted';
  readonly at: string | null;
  readonly value: number | null;
  readonly quality: number | null;
  readonly code: number | null;
}

function toTag(row: RawTag): StoredTag {
  const { id, name, asset, unit, source, origin, range_low: low, range_high: high } = row;
  const range = low === null || high === null ? null : ([low, high] as const);
  const latest =
    row.at === null
      ? null
      : {
          at: Number(row.at),
          value: row.value,
          quality: qualityOf(row.quality ?? 2),
          ...(row.code === null ? {} : { code: row.code >>> 0 }), // PostgreSQL's int has a sign
        };
  return { id, name, asset, unit, source, range, origin, latest };
}
