import { coverRange, type Grain } from '../model/rollup.ts';
import type { Session } from './database.ts';
import { sourceOf, type TagRange } from './history.ts';
import { toTimestamp } from './readings.ts';
import { readRollupEnd } from './rollup-branches.ts';

/** Figures over a range, exactly: whole rollup buckets, and readings at the ends. */
export interface Moments {
  readonly n: number;
  readonly nGood: number;
  readonly nUsed: number;
  readonly sum: number | null;
  readonly sumSquares: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** How long a value lay in each of some states. */
export interface StateDuration {
  /** Number of the state, from 0; -1: none of them; `null`: bad quality. */
  readonly state: number | null;
  readonly ms: number;
}

/** A step of several tags. */
export interface AlignedRow {
  readonly tagId: number;
  /** Number of the step, from 0. */
  readonly index: number;
  readonly n: number;
  readonly nGood: number;
  readonly nUsed: number;
  readonly value: number | null;
}

/** What stands for a step. */
export type StepValue = 'avg' | 'min' | 'max' | 'last';

/** Counts, sums and extremes of one tag. Over years: a few thousand rows. */
export async function sumMoments(session: Session, range: TagRange): Promise<Moments> {
  const source = sourceOf(coverRange(range, 'day'), 'tag_id = $1', await readRollupEnd(session));
  const { rows } = await session.query<Moments>(
    `select coalesce(sum(n), 0)::float8 as n, coalesce(sum(n_good), 0)::float8 as "nGood",
            coalesce(sum(n_used), 0)::float8 as "nUsed", sum(sum) as sum, sum(sum_squares) as "sumSquares", min(min) as min, max(max) as max
       from (${source.text}) as source`,
    [range.tagId, ...source.values],
  );
  return rows[0]!;
}

/** Standard deviation (n − 1) of the used readings themselves, by the database's own stable method; reads every reading. */
export async function deviationOfReadings(session: Session, range: TagRange): Promise<number | null> {
  const { rows } = await session.query<{ stddev: number | null }>(
    `select stddev_samp(value) as stddev from reading where tag_id = $1 and at >= $2 and at < $3 and quality < 2`,
    [range.tagId, toTimestamp(range.from), toTimestamp(range.to)],
  );
  return rows[0]?.stddev ?? null;
}

/** Values below which `fractions` (0 to 1) of the used readings lie, interpolated. Reads and sorts every reading. */
export async function percentilesOfReadings(
  session: Session,
  range: TagRange & { readonly fractions: readonly number[] },
): Promise<(number | null)[]> {
  const { rows } = await session.query<{ values: (number | null)[] | null }>(
    `select percentile_cont($4::float8[]) within group (order by value) as values
       from reading where tag_id = $1 and at >= $2 and at < $3 and quality < 2 and value is not null`,
    [range.tagId, toTimestamp(range.from), toTimestamp(range.to), range.fractions],
  );
  return rows[0]?.values ?? range.fractions.map(() => null);
}

/** The silence that counts as a gap among the readings of a range: three times the 95th percentile of their steps, in ms. */
export async function gapAfterOfReadings(session: Session, range: TagRange): Promise<number | null> {
  const { rows } = await session.query<{ pace: number | null }>(
    `select date_part('epoch', percentile_disc(0.95) within group (order by step)) * 1000 as pace
       from (select lead(at) over (order by at) - at as step
               from reading where tag_id = $1 and at >= $2 and at < $3) as stepped`,
    [range.tagId, toTimestamp(range.from), toTimestamp(range.to)],
  );
  const pace = rows[0]?.pace ?? null;
  return pace === null ? null : Math.max(10_000, 3 * pace);
}

/**
 * How long a tag's value lay in each state. A reading holds until the next one, and nothing does over a silence longer than
 * `gapAfterMs`. The last reading before the range holds into it. `states`: limits in ascending order that cut values into
 * `limits.length + 1` states, or values each of which is one.
 */
export async function sumStateTimes(
  session: Session,
  range: TagRange & {
    readonly states: { readonly by: 'limits' | 'values'; readonly numbers: readonly number[] };
    readonly gapAfterMs: number;
  },
): Promise<StateDuration[]> {
  const stateOf =
    range.states.by === 'limits'
      ? 'width_bucket(value, $4::float8[])'
      : 'coalesce(array_position($4::float8[], value), 0) - 1';
  const { rows } = await session.query<StateDuration>(
    `select case when quality < 2 and value is not null then ${stateOf} end as state,
            sum(date_part('epoch', until - greatest(at, $2)))::float8 * 1000 as ms
       from (select at, value, quality, coalesce(lead(at) over (order by at), $3) as until
               from (select at, value, quality from reading where tag_id = $1 and at >= $2 and at < $3
                     union all
                     (select at, value, quality from reading
                       where tag_id = $1 and at < $2 and at >= $2 - $5::float8 * interval '1 ms' order by at desc limit 1)) as found) as held
      where until - at <= $5::float8 * interval '1 ms' group by 1`,
    [range.tagId, toTimestamp(range.from), toTimestamp(range.to), range.states.numbers, range.gapAfterMs],
  );
  return rows;
}

const STEP_VALUES: Readonly<Record<StepValue, string>> = {
  avg: 'sum(sum) / nullif(sum(n_used), 0)',
  min: 'min(min)',
  max: 'max(max)',
  last: '(array_agg(last order by at desc) filter (where n_used > 0))[1]',
};

/** What of several tags is put into steps that are whole buckets of `grain`. */
interface Alignment {
  readonly tagIds: readonly number[];
  readonly grain: Grain;
  readonly value: StepValue;
}

/** Several tags in equal steps from `from` on, in order of time; a step without a reading is not there. */
export async function listAligned(
  session: Session,
  range: Alignment & { readonly from: number; readonly to: number; readonly stepMs: number },
): Promise<AlignedRow[]> {
  const { from, to, grain, stepMs } = range;
  const source = sourceOf([{ grain, from, to }], 'tag_id = any($1)', await readRollupEnd(session));
  const next = source.values.length + 2;
  const { rows } = await session.query<AlignedRow>(
    `select tag_id as "tagId", floor((date_part('epoch', at) - $${next}::float8) / $${next + 1}::float8)::int as index,
            sum(n)::float8 as n, sum(n_good)::float8 as "nGood", sum(n_used)::float8 as "nUsed", ${STEP_VALUES[range.value]} as value
       from (${source.text}) as source group by 1, 2 order by 2`,
    [range.tagIds, ...source.values, from / 1_000, stepMs / 1_000],
  );
  return rows;
}

/** The same in steps from each of `edges` to the next, such as days that are not of one length. */
export async function listAlignedBetween(
  session: Session,
  range: Alignment & { readonly edges: readonly number[] },
): Promise<AlignedRow[]> {
  const { edges, grain } = range;
  const source = sourceOf(
    [{ grain, from: edges[0]!, to: edges.at(-1)! }],
    'tag_id = any($1)',
    await readRollupEnd(session),
  );
  const { rows } = await session.query<AlignedRow>(
    `select tag_id as "tagId", width_bucket(at, $${source.values.length + 2}::timestamptz[]) - 1 as index,
            sum(n)::float8 as n, sum(n_good)::float8 as "nGood", sum(n_used)::float8 as "nUsed", ${STEP_VALUES[range.value]} as value
       from (${source.text}) as source group by 1, 2 order by 2`,
    [range.tagIds, ...source.values, edges.map(toTimestamp)],
  );
  return rows;
}
