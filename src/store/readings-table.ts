import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';
import type { Edition } from './edition.ts';
import { attachPartition, dropPartitionsBefore, type PartitionedTable, partitionAt } from './partitions.ts';

const DAY_MS = 86_400_000;
/** Plain PostgreSQL: one partition holds a week. 400 days are 58 of them: planning stays fast, dropping stays fine. */
const READING: PartitionedTable = { name: 'reading', spanMs: 7 * DAY_MS };

const COLUMNS = `
  tag_id int not null,
  at timestamptz not null,
  value float8,
  quality smallint not null,
  code int,
  primary key (tag_id, at)`;

/** Makes the table `reading` in the way of the edition, if it is not there yet. Locks nothing when it is. */
export async function ensureReadingsTable(session: Session, edition: Edition): Promise<void> {
  const { rows } = await session.query<{ kind: string }>(
    `select relkind::text as kind from pg_class where oid = to_regclass('reading')`,
  );
  if (rows.length === 0) {
    await session.query(
      `create table reading (${COLUMNS}) ${edition === 'postgresql' ? 'partition by range (at)' : ''}`,
    );
  }
  const isPartitioned = rows[0]?.kind === 'p';
  if (edition === 'postgresql' || isPartitioned) return; // a database that got the extension later keeps its partitions
  // A day: the one being written, with its index, fits a quarter of the memory of a plant with 30 readings/s for each GB
  // (docs/operations.md says how to shorten it), and 400 days stay 400 chunks.
  await session.query(
    `select create_hypertable('reading', by_range('at', interval '1 day'), create_default_indexes => false,
                              if_not_exists => true, migrate_data => true)`,
  );
}

/** Whether the table needs partitions made for it: true on plain PostgreSQL. */
export async function isPartitioned(session: Session): Promise<boolean> {
  const { rows } = await session.query<{ kind: string }>(
    `select relkind::text as kind from pg_class where oid = to_regclass('reading')`,
  );
  return rows[0]?.kind === 'p';
}

/** Number of the partition a time belongs to: whole weeks since 1970. */
export function partitionOf(at: EpochMs): number {
  return partitionAt(READING, at);
}

/** Makes one week's partition, if it is not there yet. */
export function ensurePartition(session: Session, partition: number): Promise<void> {
  return attachPartition(session, READING, partition);
}

/** Drops what is older than `before`, whole chunks or partitions only; returns how many. Must not run in a transaction. */
export async function dropReadingsBefore(session: Session, before: EpochMs): Promise<number> {
  if (await isPartitioned(session)) return dropPartitionsBefore(session, READING, before);
  const { rowCount } = await session.query(`select drop_chunks('reading', older_than => $1::timestamptz)`, [
    new Date(before),
  ]);
  return rowCount;
}
