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
