import type { Retention } from '../model/plant.ts';
import type { Session } from './database.ts';
import { aggregateName, RESOLUTIONS, type Resolution } from './rollups.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * How TimescaleDB keeps each aggregate up to date by itself. It makes again what changed between `reachMs` and `restMs` ago;
 * older changes are in our queue. The day before yesterday is in the reach of the days, as TimescaleDB wants two buckets.
 */
const REFRESH: Readonly<Record<Resolution, { reachMs: number; restMs: number; everyMs: number }>> = {
  minute: { reachMs: DAY_MS, restMs: MINUTE_MS, everyMs: MINUTE_MS },
  hour: { reachMs: 2 * DAY_MS, restMs: HOUR_MS, everyMs: 10 * MINUTE_MS },
  day: { reachMs: 4 * DAY_MS, restMs: DAY_MS, everyMs: HOUR_MS },
};

/** Aggregates are compressed when TimescaleDB no longer refreshes them by itself. Days are too few for it to pay. */
const COMPRESSED: readonly Resolution[] = ['minute', 'hour'];

/**
 * TimescaleDB Community: sets compression, refresh and retention as the plant wants them. Changes nothing, and locks nothing,
 * when they are so already. Needs a transaction. Returns whether something was changed.
 */
export async function applyPolicies(session: Session, retention: Retention): Promise<'changed' | 'unchanged'> {
  const wanted = { ...retention, refresh: REFRESH, compressed: COMPRESSED };
  const { rowCount } = await session.query(
    `update rollup_state set policies = $1::jsonb where policies is distinct from $1::jsonb returning 1`,
    [JSON.stringify(wanted)],
  );
  if (rowCount === 0) return 'unchanged';
  await compress(session, 'reading', retention.compressAfterMs);
  await retain(session, 'reading', retention.readingsMs);
  for (const resolution of RESOLUTIONS) {
    const name = aggregateName(resolution);
    await refresh(session, resolution, retention);
    await retain(session, name, retention.rollupsMs);
    if (COMPRESSED.includes(resolution))
      await compress(session, name, Math.max(retention.compressAfterMs, 2 * REFRESH[resolution].reachMs));
  }
  return 'changed';
}

async function refresh(session: Session, resolution: Resolution, { readingsMs }: Retention): Promise<void> {
  const name = aggregateName(resolution);
  const { reachMs, restMs, everyMs } = REFRESH[resolution];
  // What is older than readings are kept must not be made again from what is left of them.
  const reach = resolution === 'minute' ? Math.min(reachMs, readingsMs - 2 * HOUR_MS) : reachMs;
  await session.query(`select remove_continuous_aggregate_policy('${name}', if_exists => true)`);
  await session.query(
    `select add_continuous_aggregate_policy('${name}', start_offset => ${interval(reach)},
       end_offset => ${interval(restMs)}, schedule_interval => ${interval(everyMs)})`,
  );
}

async function retain(session: Session, table: string, keepMs: number): Promise<void> {
  await session.query(`select remove_retention_policy('${table}', if_exists => true)`);
  await session.query(`select add_retention_policy('${table}', drop_after => ${interval(keepMs)})`);
}

/** By tag and in order of time: that is how readings are asked for, and neighbours of one tag compress best. */
async function compress(session: Session, table: string, afterMs: number): Promise<void> {
  await session.query(`select remove_compression_policy('${table}', if_exists => true)`);
  // The settings carry the older name of the columnstore: releases from 2.11 to today know it.
  if (table === 'reading')
    await session.query(
      `alter table reading set (timescaledb.compress, timescaledb.compress_segmentby = 'tag_id', timescaledb.compress_orderby = 'at')`,
    );
  else await session.query(`alter materialized view ${table} set (timescaledb.compress = true)`);
  await session.query(`select add_compression_policy('${table}', compress_after => ${interval(afterMs)})`);
}

function interval(ms: number): string {
  return `interval '${Math.round(ms)} milliseconds'`;
}
