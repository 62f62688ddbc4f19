import type { EpochMs } from '../model/reading.ts';
import type { Database, Session } from './database.ts';
import { attachPartition, type PartitionedTable, partitionAt } from './partitions.ts';
import {
  aggregateName,
  FIGURES,
  figuresOf,
  RESOLUTIONS,
  type Resolution,
  type RollupsKeptAs,
  STORED,
  truncated,
} from './rollups.ts';

const LENGTH_MS: Readonly<Record<Resolution, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
/**
 * How much younger than now a reading must be to need no queue when it comes. Aggregates: the policy makes the last day
 * again whenever something in it changed, so half of that is left to be out of step.
 */
const LAG_MS: Readonly<Record<RollupsKeptAs, number>> = { tables: 5 * 60_000, aggregates: 12 * 3_600_000 };
/** Readings this close to the end of their keeping may be half gone: a rollup made from them would forget the other half. */
const EDGE_MS = 2 * LENGTH_MS.hour;
/** Entries of the queue that one step works off. */
const DIRTY_A_STEP = 1_000;
/** One call to TimescaleDB makes all tags of an hour again, so a step takes on fewer of those. */
const HOURS_A_STEP = 24;
/** The id of the advisory lock in the function `rollup_announced`. */
const ANNOUNCE_LOCK = 7_707_001;
/** Storing readings waits at most this long behind an announcement that waits for a transaction to end. */
const ANNOUNCE_WAIT_MS = 500;

/** How one step is to go. */
export interface RefreshStep {
  readonly keptAs: RollupsKeptAs;
  readonly now: EpochMs;
  /** How long readings are kept, ms. */
  readonly keepMs: number;
  /** Most of the time line that this step may roll up, ms; whole minutes. */
  readonly stretchMs: number;
}

/**
 * Rolls up the next stretch of readings that are old enough. `behind` when there is more to do at once.
 * A stretch is announced first, in a transaction of its own: who stores readings for it from then on queues them as late, and
 * who did before has committed. Safe to be broken off at any point; the next step begins where this one began.
 * Takes one index look-up for each tag, and O(readings in the stretch).
 */
export async function refreshNext(database: Database, step: RefreshStep): Promise<'behind' | 'up to date'> {
  const until = floorTo('minute', step.now - LAG_MS[step.keptAs]);
  const known = await readMaterialised(database);
  if (known !== null && known >= until) return 'up to date';
  if (known === null) await announce(database, until); // from here on, no older reading can come unnoticed
  const oldest = floorTo('hour', step.now - step.keepMs + EDGE_MS);
  const from = Math.max(known ?? (await findOldest(database)) ?? until, Math.min(oldest, until));
  const to = Math.min(until, from + step.stretchMs);
  await announce(database, to);
  if (step.keptAs === 'tables') {
    await database.transaction(async (session) => {
      await rollUpAll(session, { from, to });
      await moveMaterialised(session, known, to);
    });
  } else {
    await refreshAggregates(database, { from, to, end: to });
    await moveMaterialised(database, known, to);
  }
  return to < until ? 'behind' : 'up to date';
}

/** Makes the buckets again that late readings fell into, some of them at a time. `behind` when there are more. */
export async function refreshLate(database: Database, step: RefreshStep): Promise<'behind' | 'up to date'> {
  const { rows } = await database.query<DirtyRow>(
    `select id::text, tag_id as "tagId", date_part('epoch', first) * 1000 as first, date_part('epoch', last) * 1000 as last
       from rollup_dirty order by rollup_dirty.id limit $1`,
    [DIRTY_A_STEP],
  );
  if (rows.length === 0) return 'up to date';
  const { storedBefore, materialised } = await readBounds(database);
  const kept = rows.filter(({ first }) => first >= floorTo('hour', step.now - step.keepMs + EDGE_MS));
  const isStored = ({ first }: DirtyRow) => step.keptAs === 'tables' || first < storedBefore;
  const ours = kept.filter(isStored);
  const hours = [...new Set(kept.filter((row) => !isStored(row)).map(({ first }) => floorTo('hour', first)))].sort(
    (a, b) => a - b,
  );
  const taken = new Set(hours.slice(0, HOURS_A_STEP));
  for (const from of taken) await refreshAggregates(database, { from, to: from + LENGTH_MS.hour, end: materialised });
  const done = rows.filter((row) => !kept.includes(row) || isStored(row) || taken.has(floorTo('hour', row.first)));
  await database.transaction(async (session) => {
    if (ours.length > 0) await rollUpSome(session, ours);
    await session.query(`delete from rollup_dirty where id = any($1::bigint[])`, [done.map(({ id }) => id)]);
  });
  return rows.length === DIRTY_A_STEP || done.length < rows.length ? 'behind' : 'up to date';
}

interface DirtyRow {
  readonly id: string;
  readonly tagId: number;
  readonly first: EpochMs;
  readonly last: EpochMs;
}

interface Stretch {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

function floorTo(resolution: Resolution, at: EpochMs): EpochMs {
  return Math.floor(at / LENGTH_MS[resolution]) * LENGTH_MS[resolution];
}

async function readMaterialised(session: Session): Promise<EpochMs | null> {
  const { rows } = await session.query<{ at: number | null }>(
    `select date_part('epoch', materialised) * 1000 as at from rollup_state`,
  );
  return rows[0]?.at ?? null;
}

async function readBounds(session: Session): Promise<{ storedBefore: EpochMs; materialised: EpochMs }> {
  const { rows } = await session.query<{ storedBefore: number | null; materialised: number | null }>(
    `select date_part('epoch', stored_before) * 1000 as "storedBefore", date_part('epoch', materialised) * 1000 as materialised
       from rollup_state`,
  );
  const none = Number.NEGATIVE_INFINITY;
  return { storedBefore: rows[0]?.storedBefore ?? none, materialised: rows[0]?.materialised ?? none };
}

/** Waits for whoever stores readings and has not been told yet, but not for long: fails with 55P03 then. */
async function announce(database: Database, to: EpochMs): Promise<void> {
  await database.transaction(async (session) => {
    await session.query(`set local lock_timeout = ${ANNOUNCE_WAIT_MS}`);
    await session.query(`select pg_advisory_xact_lock($1)`, [ANNOUNCE_LOCK]);
    await session.query(`update rollup_state set announced = greatest(announced, $1::timestamptz)`, [new Date(to)]);
  });
}

/** Fails when another process has moved it meanwhile: then nothing of this step holds. */
async function moveMaterialised(session: Session, known: EpochMs | null, to: EpochMs): Promise<void> {
  const { rowCount } = await session.query(
    `update rollup_state set materialised = $2::timestamptz where materialised is not distinct from $1::timestamptz returning 1`,
    [known === null ? null : new Date(known), new Date(to)],
  );
  if (rowCount !== 1) throw new Error('another service rolls up the same database');
}

/** Whole days before the first reading there is; `null` when there is none. */
async function findOldest(session: Session): Promise<EpochMs | null> {
  const { rows } = await session.query<{ at: number | null }>(
    `select date_part('epoch', min(r.at)) * 1000 as at
       from tag cross join lateral (select at from reading where tag_id = tag.id order by at limit 1) r`,
  );
  const at = rows[0]?.at ?? null;
  return at === null ? null : floorTo('day', at);
}

/** All tags of a stretch; of the coarser resolutions the buckets that end in it. */
async function rollUpAll(session: Session, { from, to }: Stretch): Promise<void> {
  for (const resolution of RESOLUTIONS) {
    const bounds = { from: floorTo(resolution, from), to: floorTo(resolution, to) };
    if (bounds.from >= bounds.to) continue;
    await ensurePartitions(session, STORED[resolution], bounds);
    // By the index of (tag, time), tag by tag: there is none of time alone.
    await session.query(
      `${INSERT(resolution)}
       select tag.id, made.* from tag cross join lateral (
         select ${truncated(resolution)}, ${figuresOf(resolution)} from ${belowOf(resolution)}
          where tag_id = tag.id and at >= $1 and at < $2 group by 1) made ${REPLACE}`,
      [new Date(bounds.from), new Date(bounds.to)],
    );
  }
}

/** Some minutes of some tags, and the hours and days they lie in; those that are not over yet come again in their turn. */
async function rollUpSome(session: Session, dirty: readonly DirtyRow[]): Promise<void> {
  for (const resolution of RESOLUTIONS) {
    const lengthMs = LENGTH_MS[resolution];
    const wanted = new Map<string, Stretch & { tagId: number }>();
    for (const { tagId, first, last } of dirty) {
      const from = floorTo(resolution, first);
      const key = `${tagId} ${resolution === 'minute' ? floorTo('hour', first) : from}`;
      const known = wanted.get(key);
      wanted.set(key, {
        tagId,
        from: Math.min(from, known?.from ?? from),
        to: Math.max(floorTo(resolution, last) + lengthMs, known?.to ?? 0),
      });
    }
    const windows = [...wanted.values()];
    const bounds = {
      from: windows.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY),
      to: windows.reduce((most, { to }) => Math.max(most, to), 0),
    };
    for (const window of windows) await ensurePartitions(session, STORED[resolution], window);
    // The outer bounds let the planner leave out the partitions that none of the windows touches.
    await session.query(
      `${INSERT(resolution)}
       select wanted.tag_id, made.* from unnest($3::int[], $4::timestamptz[], $5::timestamptz[]) as wanted (tag_id, since, until)
        cross join lateral (
         select ${truncated(resolution)}, ${figuresOf(resolution)} from ${belowOf(resolution)}
          where tag_id = wanted.tag_id and at >= wanted.since and at < wanted.until and at >= $1 and at < $2 group by 1) made ${REPLACE}`,
      [
        new Date(bounds.from),
        new Date(bounds.to),
        windows.map(({ tagId }) => tagId),
        windows.map(({ from }) => new Date(from)),
        windows.map(({ to }) => new Date(to)),
      ],
    );
  }
}

const INSERT = (resolution: Resolution) => `insert into ${STORED[resolution].name} (tag_id, at, ${FIGURES})`;
const REPLACE = `on conflict (tag_id, at) do update set ${FIGURES.split(', ')
  .map((figure) => `${figure} = excluded.${figure}`)
  .join(', ')}`;

function belowOf(resolution: Resolution): string {
  return { minute: 'reading', hour: STORED.minute.name, day: STORED.hour.name }[resolution];
}

async function ensurePartitions(session: Session, table: PartitionedTable, { from, to }: Stretch): Promise<void> {
  for (let partition = partitionAt(table, from); partition <= partitionAt(table, to - 1); partition++)
    await attachPartition(session, table, partition);
}

/**
 * Has TimescaleDB make a stretch again, of the coarser resolutions the buckets that it touches and that are over before
 * `end`: a bucket that was made before its time would hide what comes into it. Costs next to nothing where nothing changed.
 */
async function refreshAggregates(session: Session, { from, to, end }: Stretch & { end: EpochMs }): Promise<void> {
  for (const resolution of RESOLUTIONS) {
    const first = floorTo(resolution, from);
    const last = Math.min(floorTo(resolution, to - 1) + LENGTH_MS[resolution], floorTo(resolution, end));
    if (first >= last) continue;
    await session.query(
      `call refresh_continuous_aggregate('${aggregateName(resolution)}', '${new Date(first).toISOString()}'::timestamptz, '${new Date(last).toISOString()}'::timestamptz)`,
    );
  }
}
