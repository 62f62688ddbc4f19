import { type EpochMs, qualityOf } from '../model/reading.ts';
import { coverRange, type Grain, type Stretch } from '../model/rollup.ts';
import type { Session } from './database.ts';
import { type StoredReading, toTimestamp } from './readings.ts';

/** Readings in columns, oldest first. */
export interface ReadingColumns {
  /** EpochMs; the fraction carries microseconds. */
  readonly at: Float64Array;
  /** In the tag's unit; NaN where there is no value. */
  readonly value: Float64Array;
  /** 0 good, 1 uncertain, 2 bad. */
  readonly quality: Uint8Array;
}

/** One tag from `from` (inclusive) to `to` (exclusive). */
export interface TagRange {
  readonly tagId: number;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** What lies in one of the equal stretches that a range was cut into. */
export interface Bucket {
  /** Number of the stretch, from 0. */
  readonly index: number;
  /** All readings, those of quality good, and those with a value that is not bad. */
  readonly n: number;
  readonly nGood: number;
  readonly nUsed: number;
  /** Rows it was made of: rollup buckets, or readings. */
  readonly rows: number;
  /** Beginning of the first and of the last of these rows. */
  readonly firstAt: EpochMs;
  readonly lastAt: EpochMs;
  /** Over the used readings; `null` when there are none. */
  readonly min: number | null;
  readonly max: number | null;
}

/** Where a silence ends, or where rows with bad readings begin or end. */
export interface Break {
  readonly at: EpochMs;
  /** Beginning of the row before; `null` for the first one. */
  readonly before: EpochMs | null;
  /** How much of this row, and of the one before, is bad. */
  readonly bad: 'none' | 'some' | 'all';
  readonly badBefore: 'none' | 'some' | 'all' | null;
}

const POSTGRES_EPOCH_MS = 946_684_800_000; // 2000-01-01

/**
 * Readings of one tag, oldest first, at most `limit`. They come as three packed columns: node-postgres needs 50 ms to make
 * 28,800 objects of rows, and 25 ms for these.
 */
export async function readColumns(
  session: Session,
  range: TagRange & { readonly limit: number; readonly after?: EpochMs | undefined },
): Promise<ReadingColumns> {
  const { rows } = await session.query<PackedColumns>(
    `select string_agg(timestamptz_send(at), '') as at,
            string_agg(float8send(coalesce(value, 'NaN')), '') as value,
            string_agg(int2send(quality), '') as quality
       from (select at, value, quality from reading
              where tag_id = $1 and at >= $2 and at < $3 and ($4::timestamptz is null or at > $4)
              order by at limit $5) as found`,
    [
      range.tagId,
      toTimestamp(range.from),
      toTimestamp(range.to),
      range.after === undefined ? null : toTimestamp(range.after),
      range.limit,
    ],
  );
  return unpackColumns(rows[0]!);
}

/** Columns as `string_agg` of `timestamptz_send`, `float8send` (NaN for null) and `int2send` gives them; `null`: no row. */
export interface PackedColumns {
  readonly at: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly quality: Uint8Array | null;
}

/** Reads packed columns. */
export function unpackColumns({ at, value, quality }: PackedColumns): ReadingColumns {
  const times = viewOf(at);
  const values = viewOf(value);
  const n = times.byteLength / 8;
  const columns = { at: new Float64Array(n), value: new Float64Array(n), quality: new Uint8Array(n) };
  for (let i = 0; i < n; i++) {
    const micros = times.getInt32(i * 8) * 0x1_0000_0000 + times.getUint32(i * 8 + 4);
    columns.at[i] = POSTGRES_EPOCH_MS + micros / 1_000;
    columns.value[i] = values.getFloat64(i * 8);
    columns.quality[i] = quality?.[i * 2 + 1] ?? 2;
  }
  return columns;
}

function viewOf(bytes: Uint8Array | null): DataView {
  return bytes === null
    ? new DataView(new ArrayBuffer(0))
    : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Readings of columns one by one: all, or the rows given. */
export function toReadings(columns: ReadingColumns, rows?: readonly number[]): StoredReading[] {
  const toReading = (row: number): StoredReading => {
    const value = columns.value[row]!;
    return {
      at: columns.at[row]!,
      value: Number.isNaN(value) ? null : value,
      quality: qualityOf(columns.quality[row]!),
    };
  };
  return rows === undefined ? Array.from(columns.at, (_, row) => toReading(row)) : rows.map(toReading);
}

/** How many readings tags have in a range, exactly. Reads rollups, and readings only at the ends. */
export async function countReadings(
  session: Session,
  range: { readonly tagIds: readonly number[]; readonly from: EpochMs; readonly to: EpochMs },
): Promise<number> {
  const source = sourceOf(coverRange(range, 'day'), 'tag_id = any($1)');
  const { rows } = await session.query<{ n: string | null }>(`select sum(n) as n from (${source.text}) as source`, [
    range.tagIds,
    ...source.values,
  ]);
  return Number(rows[0]?.n ?? 0);
}

/**
 * Cuts a range into stretches of `stepMs` and says what lies in each that has any reading, in order of time. A rollup
 * bucket counts where it begins. Reads grains up to `coarsest`. Sorted here: asked for an order, the planner sorts the
 * 10,080 rows of a week before it groups them, which costs a quarter of the time.
 */
export async function listBuckets(
  session: Session,
  range: TagRange & { readonly coarsest: Grain; readonly stepMs: number },
): Promise<Bucket[]> {
  const source = sourceOf(coverRange(range, range.coarsest), 'tag_id = $1');
  const next = source.values.length + 2;
  const { rows } = await session.query<Bucket>(
    `select floor((date_part('epoch', at) - $${next}::float8) / $${next + 1}::float8)::int as index,
            sum(n)::float8 as n, sum(n_good)::float8 as "nGood", sum(n_used)::float8 as "nUsed", count(*)::int as rows,
            date_part('epoch', min(at)) * 1000 as "firstAt", date_part('epoch', max(at)) * 1000 as "lastAt",
            min(min) as min, max(max) as max
       from (${source.text}) as source group by 1`,
    [range.tagId, ...source.values, range.from / 1_000, range.stepMs / 1_000],
  );
  return rows.sort((a, b) => a.index - b.index);
}

/** Where a tag is silent for longer than `longerThanMs` from row to row, and where rows with bad readings begin and end. */
export async function listBreaks(
  session: Session,
  range: TagRange & { readonly coarsest: Grain; readonly longerThanMs: number; readonly limit: number },
): Promise<Break[]> {
  const source = sourceOf(coverRange(range, range.coarsest), 'tag_id = $1');
  const next = source.values.length + 2;
  const { rows } = await session.query<Break>(
    `select date_part('epoch', at) * 1000 as at, date_part('epoch', before) * 1000 as before, bad, bad_before as "badBefore"
       from (select at, bad, lag(at) over in_time as before, lag(bad) over in_time as bad_before
               from (select at, case when n_used = n then 'none' when n_used = 0 then 'all' else 'some' end as bad
                       from (${source.text}) as source) as marked
             window in_time as (order by at)) as stepped
      where at - before > $${next} * interval '1 ms' or bad is distinct from bad_before
      order by at limit $${next + 1}`,
    [range.tagId, ...source.values, range.longerThanMs, range.limit],
  );
  return rows;
}

/** What each grain gives: the columns of a rollup. A reading counts as a rollup of itself. */
const COLUMNS_OF = 'tag_id, at, n, n_good, n_used, sum, sum_squares, min, max, last';
const SELECTS: Readonly<Record<Grain, string>> = {
  raw: `select tag_id, at, 1::bigint as n, (quality = 0)::int::bigint as n_good, (used is not null)::int::bigint as n_used,
               used as sum, used * used as sum_squares, used as min, used as max, used as last
          from reading cross join lateral (select case when quality < 2 then value end as used) as trusted`,
  minute: `select ${COLUMNS_OF} from reading_minute`,
  hour: `select ${COLUMNS_OF} from reading_hour`,
  day: `select ${COLUMNS_OF} from reading_day`,
};

/**
 * One relation out of stretches of several grains. `tags` is a condition on `tag_id` whose parameter is $1; those of the
 * stretches follow. Only the branches that are needed are in the text: an edge that is not there costs no planning.
 */
export function sourceOf(
  stretches: readonly Stretch[],
  tags: 'tag_id = $1' | 'tag_id = any($1)',
): { readonly text: string; readonly values: readonly string[] } {
  const branches = stretches.map(
    ({ grain }, i) => `${SELECTS[grain]} where ${tags} and at >= $${2 + 2 * i} and at < $${3 + 2 * i}`,
  );
  return {
    text: branches.join(' union all '),
    values: stretches.flatMap(({ from, to }) => [toTimestamp(from), toTimestamp(to)]),
  };
}
