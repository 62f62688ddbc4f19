import { StoreError } from '../model/errors.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';
import type { Edition } from './edition.ts';
import { dropPartitionsBefore, type PartitionedTable } from './partitions.ts';
import { isPartitioned } from './readings-table.ts';

const DAY_MS = 86_400_000;

/** Who keeps the rollups: our own tables and job, or TimescaleDB's continuous aggregates. */
export type RollupsKeptAs = 'tables' | 'aggregates';

/** Lengths of a rollup's bucket, finest first. Each is made from the one before it, the first from the readings. */
export const RESOLUTIONS = ['minute', 'hour', 'day'] as const;

/** Length of a rollup's bucket. */
export type Resolution = (typeof RESOLUTIONS)[number];

/** Our own tables behind the views. Ten years of minutes are 130 partitions. */
export const STORED: Readonly<Record<Resolution, PartitionedTable>> = {
  minute: { name: 'reading_minute_stored', spanMs: 28 * DAY_MS },
  hour: { name: 'reading_hour_stored', spanMs: 52 * 7 * DAY_MS },
  day: { name: 'reading_day_stored', spanMs: 520 * 7 * DAY_MS },
};

/** Columns of every rollup behind `tag_id, at`. */
export const FIGURES = 'n, n_good, n_used, sum, sum_squares, min, max, first, last';

const USED = 'value is not null and quality <> 2';

/**
 * Makes `reading_minute`, `reading_hour` and `reading_day` in the way of the edition. They are views with the same columns
 * everywhere, complete up to now: what is not rolled up yet is computed when it is asked for. Only buckets with late
 * readings lag, until the rollup job has worked them off. Does nothing when they are there already.
 * A database that becomes TimescaleDB Community keeps the rollups it has, and aggregates take over from there.
 * Throws `database_edition` when the aggregates can no longer be kept, as the licence is gone. Needs a transaction.
 */
export async function ensureRollups(session: Session, edition: Edition): Promise<RollupsKeptAs> {
  const { rows } = await session.query<{ keptAs: RollupsKeptAs; storedBefore: Date | null; made: boolean }>(
    `select kept_as as "keptAs", stored_before as "storedBefore", to_regclass('reading_day') is not null as made
       from rollup_state for update`,
  );
  const state = rows[0]!;
  const wanted: RollupsKeptAs =
    edition === 'timescaledb-community' && !(await isPartitioned(session)) ? 'aggregates' : 'tables';
  if (state.keptAs === 'aggregates' && wanted === 'tables') {
    throw new StoreError(
      'database_edition',
      'this database was kept by TimescaleDB Community, and its server is another edition now: start it with the old one and move the readings as docs/operations.md says under "From one edition to another"',
    );
  }
  if (state.made && state.keptAs === wanted) return wanted;
  if (wanted === 'tables') {
    await remakeViews(session);
    return wanted;
  }
  const storedBefore = state.made ? await handOver(session) : null;
  for (const resolution of RESOLUTIONS) await session.query(aggregate(resolution));
  for (const resolution of RESOLUTIONS) await session.query(viewOfAggregates(resolution, storedBefore));
  await session.query(`update rollup_state set kept_as = 'aggregates'`);
  return wanted;
}

/** Points the views at our tables and at the table that is called `reading` now. */
export async function remakeViews(session: Session): Promise<void> {
  for (const resolution of RESOLUTIONS) await session.query(viewOfTables(resolution));
}

/** Drops our tables' rollups that are older than `before`, whole partitions only; returns how many. Not in a transaction. */
export async function dropRollupsBefore(session: Session, before: EpochMs): Promise<number> {
  let dropped = 0;
  for (const resolution of RESOLUTIONS) dropped += await dropPartitionsBefore(session, STORED[resolution], before);
  return dropped;
}

/** Our tables end at the last whole day; what comes after is made again by the aggregates. */
async function handOver(session: Session): Promise<Date | null> {
  const { rows } = await session.query<{ day: Date | null }>(
    `update rollup_state set stored_before = date_trunc('day', materialised, 'UTC'),
            materialised = date_trunc('day', materialised, 'UTC') returning stored_before as day`,
  );
  const day = rows[0]?.day ?? null;
  if (day === null) return null;
  for (const resolution of RESOLUTIONS)
    await session.query(`delete from ${STORED[resolution].name} where at >= $1`, [day]);
  return day;
}

/** What our tables hold, and from where they end the level below: readings under the minutes, minutes under the hours. */
function viewOfTables(resolution: Resolution): string {
  const end =
    resolution === 'minute' ? 'rollup_materialised()' : `date_trunc('${resolution}', rollup_materialised(), 'UTC')`;
  return `create or replace view reading_${resolution} as
    select tag_id, at, ${FIGURES} from ${STORED[resolution].name} where at < ${end}
    union all
    select tag_id, ${truncated(resolution)} as at, ${figuresOf(resolution)}
      from ${sourceOf(resolution)} where at >= ${end} group by 1, 2`;
}

/** Where a resolution is made from, as a view. */
function sourceOf(resolution: Resolution): string {
  return { minute: 'reading', hour: 'reading_minute', day: 'reading_hour' }[resolution];
}

/** The start of the bucket that `at` lies in. Not date_trunc: that one knows no index and is twice as slow. */
export function truncated(resolution: Resolution): string {
  return `date_bin('1 ${resolution}', at, '2000-01-01Z')`;
}

/**
 * The figures of a bucket, in the order of `FIGURES`, over readings or over the resolution below. First and last by the
 * smallest and greatest (time, value): microseconds since 1970 fit a double, and no sorting is needed.
 */
export function figuresOf(resolution: Resolution): string {
  const firstOf = (pick: 'min' | 'max', value: string, condition: string) =>
    `(${pick}(array[date_part('epoch', at), ${value}]) filter (where ${condition}))[2]`;
  if (resolution === 'minute') {
    return `count(*) as n, count(*) filter (where quality = 0) as n_good, count(*) filter (where ${USED}) as n_used,
      sum(value) filter (where ${USED}) as sum, sum(value * value) filter (where ${USED}) as sum_squares,
      min(value) filter (where ${USED}) as min, max(value) filter (where ${USED}) as max,
      ${firstOf('min', 'value', USED)} as first, ${firstOf('max', 'value', USED)} as last`;
  }
  return `sum(n)::bigint as n, sum(n_good)::bigint as n_good, sum(n_used)::bigint as n_used,
    sum(sum) as sum, sum(sum_squares) as sum_squares, min(min) as min, max(max) as max,
    ${firstOf('min', 'first', 'n_used > 0')} as first, ${firstOf('max', 'last', 'n_used > 0')} as last`;
}

/** Aggregates answer for what they have not yet rolled up themselves, too: they are made `materialized_only = false`. */
function aggregate(resolution: Resolution): string {
  const [from, figures] =
    resolution === 'minute'
      ? [
          'reading',
          `count(*) as n, count(*) filter (where quality = 0) as n_good, count(*) filter (where ${USED}) as n_used,
           sum(value) filter (where ${USED}) as sum, sum(value * value) filter (where ${USED}) as sum_squares,
           min(value) filter (where ${USED}) as min, max(value) filter (where ${USED}) as max,
           first(value, at) filter (where ${USED}) as first, last(value, at) filter (where ${USED}) as last`,
        ]
      : [
          aggregateName(resolution === 'hour' ? 'minute' : 'hour'),
          `sum(n)::bigint as n, sum(n_good)::bigint as n_good, sum(n_used)::bigint as n_used,
           sum(sum) as sum, sum(sum_squares) as sum_squares, min(min) as min, max(max) as max,
           first(first, at) filter (where n_used > 0) as first, last(last, at) filter (where n_used > 0) as last`,
        ];
  // The bucket gets its name outside: inside, "at" in the figures must be the column of what is rolled up.
  return `create materialized view if not exists ${aggregateName(resolution)} (tag_id, at, ${FIGURES})
    with (timescaledb.continuous, timescaledb.materialized_only = false) as
    select tag_id, time_bucket('1 ${resolution}', at), ${figures} from ${from} group by 1, 2 with no data`;
}

/** TimescaleDB's own rollup of a resolution. */
export function aggregateName(resolution: Resolution): string {
  return `reading_${resolution}_aggregate`;
}

function viewOfAggregates(resolution: Resolution, storedBefore: Date | null): string {
  const columns = `tag_id, at, ${FIGURES}`;
  const younger = `select ${columns} from ${aggregateName(resolution)}`;
  if (storedBefore === null) return `create or replace view reading_${resolution} as ${younger}`;
  const at = `'${storedBefore.toISOString()}'::timestamptz`;
  return `create or replace view reading_${resolution} as
    select ${columns} from ${STORED[resolution].name} where at < ${at}
    union all ${younger} where at >= ${at}`;
}
