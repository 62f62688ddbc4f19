import type { Database, Session } from './database.ts';
import type { Edition } from './edition.ts';
import { listPartitions } from './partitions.ts';
import { ensureReadingsTable, isPartitioned } from './readings-table.ts';
import { remakeViews } from './rollups.ts';

/** The partitioned table while its readings move over. */
const BEFORE = 'reading_before';

/** Whether readings lie in partitions of plain PostgreSQL although TimescaleDB is there now, or a move was broken off. */
export async function isMoveDue(session: Session, edition: Edition): Promise<'no' | 'yes' | 'begun'> {
  if (edition === 'postgresql') return 'no';
  if (await isThere(session, BEFORE)) return 'begun';
  return (await isPartitioned(session)) ? 'yes' : 'no';
}

/**
 * Moves the readings of a database that got the TimescaleDB extension from their partitions into a hypertable, each partition
 * in a transaction of its own: broken off, it goes on where it was. No service may run on the database meanwhile, as readings
 * are in two places. Needs room for the largest partition twice. Returns how many partitions it moved.
 */
export async function moveToHypertable(database: Database, edition: Edition): Promise<number> {
  const due = await isMoveDue(database, edition);
  if (due === 'no') return 0;
  if (due === 'yes') {
    await database.transaction(async (session) => {
      await session.query(`alter table reading rename to ${BEFORE}`);
      await ensureReadingsTable(session, edition);
      await remakeViews(session); // they follow the table that was renamed
    });
  }
  const partitions = await listPartitions(database, BEFORE);
  for (const partition of partitions) {
    await database.transaction(async (session) => {
      await session.query(
        `insert into reading (tag_id, at, value, quality, code)
         select tag_id, at, value, quality, code from ${partition} on conflict (tag_id, at) do nothing`,
      );
      await session.query(`alter table ${BEFORE} detach partition ${partition}`);
      await session.query(`drop table ${partition}`);
    });
  }
  await database.query(`drop table ${BEFORE}`);
  return partitions.length;
}

async function isThere(session: Session, table: string): Promise<boolean> {
  const { rows } = await session.query<{ there: boolean }>(`select to_regclass($1) is not null as there`, [table]);
  return rows[0]!.there;
}
