import { type EpochMs, qualityOf } from '../model/reading.ts';
import { coverRange, type Grain, type Stretch } from '../model/rollup.ts';
import type { Session } from './database.ts';
import { type StoredReading, toTimestamp } from './readings.ts';
import { branchesOf, readRollupEnd } from './rollup-branches.ts';

/** Readings in columns, oldest first. */
export interface ReadingColumns {
  /** EpochMs; the fraction carries microseconds. */
  readonly at: Float64Array;
  /** In the tag's unit; NaN where there is no value. */
  readonly value: Float64Array;
  /** 0 good, 1 uncertain, 2 bad. */
  readonly quality: Uint8Array;
  /** Raw status codes of the rows that have one: row number → 32-bit code. Absent where nobody asked. */
  readonly codes?: ReadonlyMap<number, number>;
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
            string_agg(int2send(quality), '') as quality,
            string_agg(timestamptz_send(at) || int4send(code), '') filter (where code is not null) as codes
       from (select at, value, quality, code from reading
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
  /** Times and `int4send` of the codes that there are. */
  readonly codes?: Uint8Array | null;
}

/** Reads packed columns. */
export function unpackColumns({ at, value, quality, codes = null }: PackedColumns): ReadingColumns {
  const times = viewOf(at);
  const values = viewOf(value);
  const n = times.byteLength / 8;
  const columns = { at: new Float64Array(n), value: new Float64Array(n), quality: new Uint8Array(n) };
  for (let i = 0; i < n; i++) {
    columns.at[i] = timeAt(times, i * 8);
    columns.value[i] = values.getFloat64(i * 8);
    columns.quality[i] = quality?.[i * 2 + 1] ?? 2;
  }
  return codes === null ? columns : { ...columns, codes: unpackCodes(columns.at, viewOf(codes)) };
}

/** Nearly no row has a code: they come apart from the rows, with the times that they belong to, in the same order. */
function unpackCodes(at: Float64Array, packed: DataView): ReadonlyMap<number, number> {
  const codes = new Map<number, number>();
  for (let offset = 0, row = 0; offset < packed.byteLength; offset += 12, row++) {
    const time = timeAt(packed, offset);
    while (row < at.length && at[row] !== time) row++;
    codes.set(row, packed.getUint32(offset + 8));
  }
  return codes;
}

/** Reads what `timestamptz_send` wrote at `offset`: microseconds since 2000. */
function timeAt(times: DataView, offset: number): EpochMs {
  return POSTGRES_EPOCH_MS + countAt(times, offset) / 1_000;
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
    const code = columns.codes?.get(row);
    return {
      at: columns.at[row]!,
      value: Number.isNaN(value) ? null : value,
      quality: qualityOf(columns.quality[row]!),
      ...(code === undefined ? {} : { code }),
    };
  };
  return rows === undefined ? Array.from(columns.at, (_, row) => toReading(row)) : rows.map(toReading);
}

/** How many readings tags have in a range, exactly. Reads rollups, and readings only at the ends. */
export async function countReadings(
  session: Session,
  range: { readonly tagIds: readonly number[]; readonly from: EpochMs; readonly to: EpochMs },
): Promise<number> {
  const source = sourceOf(coverRange(range, 'day'), 'tag_id = any($1)', await readRollupEnd(session));
  const { rows } = await session.query<{ n: string | null }>(`select sum(n) as n from (${source.text}) as source`, [
    range.tagIds,
    ...source.values,
  ]);
  return Number(rows[0]?.n ?? 0);
}

/** The same of each tag by its id; those that have none are left out. */
export async function countReadingsByTag(
  session: Session,
  range: { readonly tagIds: readonly number[]; readonly from: EpochMs; readonly to: EpochMs },
): Promise<ReadonlyMap<number, number>> {
  const source = sourceOf(coverRange(range, 'day'), 'tag_id = any($1)', await readRollupEnd(session));
  const { rows } = await session.query<{ tagId: number; n: string }>(
    `select tag_id as "tagId", sum(n) as n from (${source.text}) as source group by tag_id`,
    [range.tagIds, ...source.values],
  );
  return new Map(rows.map(({ tagId, n }) => [tagId, Number(n)]));
}

/**
 * Cuts a range into stretches of `stepMs`, rounded up to a microsecond, and says what lies in each that has any reading, in
 * order of time. A rollup bucket counts where it begins. Reads grains up to `coarsest`. For the 10,080 minutes of a week it
 * saves 2 ms to cut by date_bin and not by date_part, 3 to pack 500 rows into columns, 2 to group each branch by itself
 * (the planner copies every row of a union), 1 to sort here (or it sorts all rows before it groups them), and half of one each
 * to sum up as int (the sum of bigint is numeric) and to keep the statement prepared. A packed column costs 0.07 ms.
 */
export async function listBuckets(
  session: Session,
  range: TagRange & { readonly coarsest: Grain; readonly stepMs: number },
): Promise<Bucket[]> {
  const source = sourceOf(coverRange(range, range.coarsest), 'tag_id = $1', await readRollupEnd(session));
  if (source.branches.length === 0) return [];
  const next = source.values.length + 2;
  const stepMicros = Math.ceil(range.stepMs * 1_000);
  const grouped = source.branches.map(
    (branch) =>
      `select sum(n::int) as n, sum(n_good::int) as n_good, sum(n_used::int) as n_used, count(*) as rows,
              min(at) as first_at, max(at) as last_at, min(min) as min, max(max) as max
         from (${branch}) as branch group by date_bin($${next}::float8 * interval '1 microsecond', at, $${next + 1})`,
  );
  const { rows } = await session.query<PackedBuckets>(
    `select string_agg(timestamptz_send(first_at), '') as first_at, string_agg(timestamptz_send(last_at), '') as last_at,
            string_agg(float8send(coalesce(min, 'NaN')), '') as min, string_agg(float8send(coalesce(max, 'NaN')), '') as max,
            string_agg(int8send(n), '') as n, string_agg(int8send(rows), '') as rows,
            string_agg(timestamptz_send(first_at) || int8send(n_good) || int8send(n_used), '')
              filter (where n_good < n or n_used < n) as doubtful
       from (${grouped.join(' union all ')}) as bucket`,
    [range.tagId, ...source.values, stepMicros, toTimestamp(range.from)],
    { isKept: true },
  );
  return unpackBuckets(rows[0]!, (at) => Math.floor(Math.round((at - range.from) * 1_000) / stepMicros));
}

/**
 * Columns of buckets, eight bytes a value, in no order, and several for one stretch; `null`: none. `doubtful` has `first_at`, `n_good`
 * and `n_used` of those buckets, in the same order, in which not all is good.
 */
type PackedBuckets = Readonly<
  Record<'first_at' | 'last_at' | 'min' | 'max' | 'n' | 'rows' | 'doubtful', Uint8Array | null>
>;

function unpackBuckets(packed: PackedBuckets, indexOf: (at: EpochMs) => number): Bucket[] {
  const [firstAt, lastAt, doubtful] = [viewOf(packed.first_at), viewOf(packed.last_at), viewOf(packed.doubtful)];
  const [n, rows, min, max] = [viewOf(packed.n), viewOf(packed.rows), viewOf(packed.min), viewOf(packed.max)];
  const buckets = new Map<number, Bucket>();
  let doubt = 0;
  for (let i = 0; i < firstAt.byteLength; i += 8) {
    const begin = timeAt(firstAt, i);
    const index = indexOf(begin);
    const isDoubtful = doubt < doubtful.byteLength && timeAt(doubtful, doubt) === begin;
    const bucket = {
      index,
      n: countAt(n, i),
      nGood: isDoubtful ? countAt(doubtful, doubt + 8) : countAt(n, i),
      nUsed: isDoubtful ? countAt(doubtful, doubt + 16) : countAt(n, i),
      rows: countAt(rows, i),
      firstAt: begin,
      lastAt: timeAt(lastAt, i),
      min: numberOrNull(min.getFloat64(i)),
      max: numberOrNull(max.getFloat64(i)),
    };
    if (isDoubtful) doubt += 24;
    const known = buckets.get(index);
    buckets.set(index, known === undefined ? bucket : mergeBuckets(known, bucket));
  }
  return [...buckets.values()].sort((a, b) => a.index - b.index);
}

/** Reads what `int8send` wrote. */
function countAt(counts: DataView, offset: number): number {
  return counts.getInt32(offset) * 0x1_0000_0000 + counts.getUint32(offset + 4);
}

function mergeBuckets(a: Bucket, b: Bucket): Bucket {
  return {
    index: a.index,
    n: a.n + b.n,
    nGood: a.nGood + b.nGood,
    nUsed: a.nUsed + b.nUsed,
    rows: a.rows + b.rows,
    firstAt: Math.min(a.firstAt, b.firstAt),
    lastAt: Math.max(a.lastAt, b.lastAt),
    min: a.min === null || b.min === null ? (a.min ?? b.min) : Math.min(a.min, b.min),
    max: a.max === null || b.max === null ? (a.max ?? b.max) : Math.max(a.max, b.max),
  };
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** Where a tag is silent for longer than `longerThanMs` from row to row, and where rows with bad readings begin and end. */
export async function listBreaks(
  session: Session,
  range: TagRange & { readonly coarsest: Grain; readonly longerThanMs: number; readonly limit: number },
): Promise<Break[]> {
  const source = sourceOf(coverRange(range, range.coarsest), 'tag_id = $1', await readRollupEnd(session));
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
 * One relation out of stretches of several grains: `text`, or its `branches` one by one. `tags` is a condition on `tag_id`
 * whose parameter is $1; those of the stretches follow. Only the branches that are needed are there: an edge that is not
 * costs no planning. `rollupEnd` is what `readRollupEnd` says.
 */
export function sourceOf(
  stretches: readonly Stretch[],
  tags: 'tag_id = $1' | 'tag_id = any($1)',
  rollupEnd: EpochMs | null,
): { readonly text: string; readonly branches: readonly string[]; readonly values: readonly string[] } {
  const values: string[] = [];
  const parameter = (value: string) => `$${values.push(value) + 1}`;
  const branches = stretches.flatMap(({ grain, from, to }) => {
    if (grain !== 'raw' && rollupEnd !== null) {
      return branchesOf({ grain, from, to, end: rollupEnd, tags, parameter }).map(
        (branch) => `select ${COLUMNS_OF} from (${branch}) as rolled_up`,
      );
    }
    return `${SELECTS[grain]} where ${tags} and at >= ${parameter(toTimestamp(from))} and at < ${parameter(toTimestamp(to))}`;
  });
  return { text: branches.join(' union all '), branches, values };
}
