import { type EpochMs, type Quality, qualityNumber, qualityOf, type Reading } from '../model/reading.ts';
import type { Session } from './database.ts';

/** The newest reading of a tag, as it is to be remembered. */
export interface LatestRow {
  readonly tagId: number;
  readonly at: EpochMs;
  readonly value: number | null;
  readonly quality: Quality;
  readonly code: number | null;
}

/** So that the start has a bound where a tag has been bad for months. */
const READINGS_LOOKED_AT = 100;

/** Keeps the newest reading of each tag in `reading_latest`: one statement, each tag once; an older one changes nothing. */
export async function storeLatest(session: Session, rows: readonly LatestRow[]): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `insert into reading_latest as latest (tag_id, at, value, quality, code)
     select id, to_timestamp(ms / 1000), value, quality, code
       from unnest($1::int[], $2::float8[], $3::float8[], $4::smallint[], $5::int[]) as row (id, ms, value, quality, code)
     on conflict (tag_id) do update
       set at = excluded.at, value = excluded.value, quality = excluded.quality, code = excluded.code
       where excluded.at > latest.at`,
    [
      arrayOf(rows.map(({ tagId }) => tagId)),
      arrayOf(rows.map(({ at }) => at)),
      arrayOf(rows.map(({ value }) => value)),
      arrayOf(rows.map(({ quality }) => qualityNumber(quality))),
      arrayOf(rows.map(({ code }) => (code === null ? null : code | 0))),
    ],
  );
}

/** The time of the newest reading of any tag, as it was some seconds ago; `null` when there is none. */
export async function newestAt(session: Session): Promise<EpochMs | null> {
  const { rows } = await session.query<{ ms: number | null }>(
    'select extract(epoch from max(at))::float8 * 1000 as ms from reading_latest',
  );
  return rows[0]?.ms ?? null;
}

/**
 * Names of tags that the plant file does not say to be numbers, whose newest reading in `reading_latest` has no value, and one of whose last
 * `READINGS_LOOKED_AT` has: their link broke, or they went bad.
 */
export async function findNumberedBefore(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(
    `select t.name
       from reading_latest l join tag t on t.id = l.tag_id
      where l.value is null and t.retired_at is null and (t.origin = 'adopted' or (t.unit is null and t.range_low is null))
        and exists (select 1
                      from (select value from reading where tag_id = t.id order by at desc limit ${READINGS_LOOKED_AT}) as r
                     where r.value is not null)`,
  );
  return rows.map(({ name }) => name);
}

/** As PostgreSQL writes an array. The driver quotes and escapes each number of one, and makes four strings of it. */
function arrayOf(numbers: readonly (number | null)[]): string {
  return `{${JSON.stringify(numbers).slice(1, -1)}}`;
}

/**
 * The newest stored reading of each of these tags that has one, looked for in the readings themselves; kept in `reading_latest`
 * where that has an older one. `since`: no reading before it is looked for; all there are, without it.
 */
export async function keepNewest(
  session: Session,
  { names, since = null }: { readonly names: readonly string[]; readonly since?: EpochMs | null },
): Promise<Reading[]> {
  const { rows } = await session.query<{
    name: string;
    ms: number;
    value: number | null;
    quality: number;
    code: number | null;
  }>(
    `with newest as (
       select t.id, t.name, r.at, r.value, r.quality, r.code
         from tag t cross join lateral
              (select at, value, quality, code from reading
                where tag_id = t.id and at >= coalesce(to_timestamp($2::float8 / 1000), '-infinity')
                order by at desc limit 1) as r
        where t.name = any($1::text[])),
     kept as (
       insert into reading_latest as latest (tag_id, at, value, quality, code)
       select id, at, value, quality, code from newest order by id
       on conflict (tag_id) do update
         set at = excluded.at, value = excluded.value, quality = excluded.quality, code = excluded.code
         where excluded.at > latest.at)
     select name, (extract(epoch from at) * 1000)::float8 as ms, value, quality, code from newest`,
    [names, since],
  );
  return rows.map(({ name, ms, value, quality, code }) => ({
    tag: name,
    at: ms,
    value,
    quality: qualityOf(quality),
    ...(code === null ? {} : { code: code >>> 0 }), // PostgreSQL's int has a sign
  }));
}
