import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';
import { toTimestamp } from './readings.ts';

/** How an asset is from a time on. */
export interface HealthMark {
  readonly asset: string;
  readonly at: EpochMs;
  /** 0..1; `null`: not known. */
  readonly health: number | null;
  /** 0..1. */
  readonly confidence: number;
}

/** How an asset was for a while. */
export interface HealthStretch extends Omit<HealthMark, 'asset' | 'at'> {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** What the health of an asset did in a range. */
export interface HealthChange {
  readonly asset: string;
  readonly name: string;
  /** At the beginning of the range and at its end; `null`: not known, or not kept yet. */
  readonly before: number | null;
  readonly after: number | null;
  /** `null`: it was never known in the range. */
  readonly lowest: number | null;
  /** When it was that low first. */
  readonly lowestAt: EpochMs | null;
  /** How long it was known, and how long below 0.5: not for long operation. */
  readonly knownMs: number;
  readonly belowHalfMs: number;
}

/** A range of time, `to` exclusive. */
interface Range {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/** Until when somebody looked; `null`: nobody has yet. */
export async function readHealthSeen(session: Session): Promise<EpochMs | null> {
  const { rows } = await session.query<{ at: number }>(`select ${MS('seen_until')} as at from health_watch`);
  return rows[0]?.at ?? null;
}

/** The newest of every asset. */
export async function listNewestHealth(session: Session): Promise<HealthMark[]> {
  // Down the primary key from asset to asset: to group all rows would read years of them.
  const { rows } = await session.query<HealthMark>(
    `with recursive named as (
       select min(asset) as asset from asset_health
       union all
       select (select min(asset) from asset_health where asset > named.asset) from named where named.asset is not null)
     select newest.asset, ${MS('newest.at')} as at, newest.health, newest.confidence
       from named cross join lateral
            (select * from asset_health where asset_health.asset = named.asset order by at desc limit 1) as newest`,
  );
  return rows;
}

/** Stores what has changed, and that somebody has looked until `seenUntil`. Both belong into one transaction. */
export async function storeHealth(
  session: Session,
  { marks, seenUntil }: { readonly marks: readonly HealthMark[]; readonly seenUntil: EpochMs },
): Promise<void> {
  if (marks.length > 0)
    await session.query(
      `insert into asset_health (asset, at, health, confidence)
       select * from unnest($1::text[], $2::timestamptz[], $3::float8[], $4::float8[])
       on conflict (asset, at) do update set health = excluded.health, confidence = excluded.confidence`,
      [
        marks.map(({ asset }) => asset),
        marks.map(({ at }) => toTimestamp(at)),
        marks.map(({ health }) => health),
        marks.map(({ confidence }) => confidence),
      ],
    );
  await session.query(
    `insert into health_watch (scope, seen_until) values ('all', $1)
     on conflict (scope) do update set seen_until = excluded.seen_until`,
    [toTimestamp(seenUntil)],
  );
}

/** The rows of an asset that hold from `$1` to `$2`, each until the next one; `at` and `until` lie in that time. */
const held = (asset: string) => `
  select greatest(at, $1::timestamptz) as at, health, confidence,
         coalesce(lead(at) over (order by at), $2::timestamptz) as until
    from asset_health
   where asset = ${asset} and at < $2
     and at >= coalesce((select max(at) from asset_health where asset = ${asset} and at <= $1), $1)`;

/** How an asset was in a range, in order of time, at most `limit` stretches. */
export async function listHealthStretches(
  session: Session,
  { asset, from, to, limit }: Range & { readonly asset: string; readonly limit: number },
): Promise<HealthStretch[]> {
  const { rows } = await session.query<HealthStretch>(
    `select ${MS('at')} as from, ${MS('until')} as to, health, confidence
       from (${held('$3')}) as held order by at limit $4`,
    [toTimestamp(from), toTimestamp(to), asset, limit],
  );
  return rows;
}

/**
 * The same in equal steps, each with the lowest that was known in it: what changes all the time would be too many stretches. Takes as
 * long as it has rows and steps.
 */
export async function listHealthSteps(
  session: Session,
  { asset, from, to, stepMs }: Range & { readonly asset: string; readonly stepMs: number },
): Promise<HealthStretch[]> {
  const { rows } = await session.query<HealthStretch>(
    `select $5::float8 + step * $4::float8 as from, least($5::float8 + (step + 1) * $4::float8, $6::float8) as to,
            min(health) as health, min(confidence) as confidence
       from (${held('$3')}) as held
      cross join lateral generate_series(floor(${MS('at - $1::timestamptz')} / $4::float8)::int,
                                         ceil(${MS('until - $1::timestamptz')} / $4::float8)::int - 1) as step
      group by step order by step`,
    [toTimestamp(from), toTimestamp(to), asset, stepMs, from, to],
  );
  return rows;
}

/** What the health of assets did in a range: the worst at its end first, then by the lowest; at most `limit`. */
export async function listHealthChanges(
  session: Session,
  { from, to, limit }: Range & { readonly limit: number },
): Promise<HealthChange[]> {
  const { rows } = await session.query<HealthChange>(
    `select asset.id as asset, asset.name, did.before, did.after, did.lowest, did."lowestAt",
            coalesce(did."knownMs", 0) as "knownMs", coalesce(did."belowHalfMs", 0) as "belowHalfMs"
       from asset cross join lateral
            (select (array_agg(health order by at) filter (where at = $1))[1] as before,
                    (array_agg(health order by at desc))[1] as after,
                    min(health) as lowest,
                    ${MS('(array_agg(at order by health, at) filter (where health is not null))[1]')} as "lowestAt",
                    (sum(extract(epoch from until - at)) filter (where health is not null) * 1000)::float8 as "knownMs",
                    (sum(extract(epoch from until - at)) filter (where health < 0.5) * 1000)::float8 as "belowHalfMs"
               from (${held('asset.id')}) as held) as did
      where asset.retired_at is null
      order by did.after nulls last, did.lowest nulls last, asset.id limit $3`,
    [toTimestamp(from), toTimestamp(to), limit],
  );
  return rows;
}

/** Forgets what was before a time, but for what still holds then. Answers how many rows that were. */
export async function dropHealthBefore(session: Session, before: EpochMs): Promise<number> {
  const { rowCount } = await session.query(
    `delete from asset_health as old
      where at < $1
        and exists (select 1 from asset_health as later where later.asset = old.asset and later.at > old.at and later.at <= $1)`,
    [toTimestamp(before)],
  );
  return rowCount;
}

/** Forgets what is marked for a later time. Answers how many rows that were. */
export async function dropHealthAfter(session: Session, after: EpochMs): Promise<number> {
  const { rowCount } = await session.query('delete from asset_health where at > $1', [toTimestamp(after)]);
  return rowCount;
}

/**
 * Leaves of each hour that lies between two times, `from` (`null`: the first row) and `to`, three rows of an asset at most: the lowest, what came after
 * it, and the last. Both times are taken down to whole hours. Answers how many rows went.
 */
export async function thinHealth(
  session: Session,
  { from, to }: { readonly from: EpochMs | null; readonly to: EpochMs },
): Promise<number> {
  const { rowCount } = await session.query(
    `with placed as (
       select asset, at, date_bin('1 hour', at, timestamptz 'epoch') as hour,
              row_number() over (partition by asset, date_bin('1 hour', at, timestamptz 'epoch') order by health, at) = 1 as is_lowest,
              lead(at) over (partition by asset, date_bin('1 hour', at, timestamptz 'epoch') order by at) is null as is_last
         from asset_health
        where at >= coalesce(date_bin('1 hour', $1::timestamptz, timestamptz 'epoch'), '-infinity')
          and at < date_bin('1 hour', $2::timestamptz, timestamptz 'epoch')),
     judged as (
       select asset, at, is_lowest or is_last or coalesce(lag(is_lowest) over (partition by asset, hour order by at), false) as is_kept
         from placed)
     delete from asset_health using judged
      where asset_health.asset = judged.asset and asset_health.at = judged.at and not judged.is_kept`,
    [from === null ? null : toTimestamp(from), toTimestamp(to)],
  );
  return rowCount;
}
