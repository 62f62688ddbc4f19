import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';
import type { Edition } from './edition.ts';

const DAY_MS = 86_400_000;
/** Plain PostgreSQL: one partition holds a week. 400 days are 58 of them: planning stays fast, dropping stays fine. */
const PARTITION_MS = 7 * DAY_MS;

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
  return Math.floor(at / PARTITION_MS);
}

/**
 * Makes one week's partition, if it is not there yet. Made beside and attached, because `create … partition of` would
 * wait for every reader of the table and hold up all that come after it.
 */
export async function ensurePartition(session: Session, partition: number): Promise<void> {
  const from = new Date(partition * PARTITION_MS);
  const to = new Date((partition + 1) * PARTITION_MS);
  const name = `reading_${from.toISOString().slice(0, 10).replaceAll('-', '')}`; // digits only: safe as an identifier
  const { rows } = await session.query<{ attached: boolean }>(
    `select exists (select from pg_inherits where inhrelid = to_regclass($1)) as attached`,
    [name],
  );
  if (rows[0]?.attached) return;
  await session.query(`create table if not exists ${name} (like reading including defaults including constraints)`);
  await session.query(
    `alter table reading attach partition ${name} for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
  );
}

/**
 * Drops what is older than `before`, whole chunks or partitions only; returns how many. Must not run in a transaction: a
 * partition is first detached in a way that neither waits for readers nor holds up writers.
 */
export async function dropReadingsBefore(session: Session, before: EpochMs): Promise<number> {
  if (!(await isPartitioned(session))) {
    const { rowCount } = await session.query(`select drop_chunks('reading', older_than => $1::timestamptz)`, [
      new Date(before),
    ]);
    return rowCount;
  }
  const { rows } = await session.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = to_regclass('reading') order by c.relname`,
  );
  const last = `reading_${new Date(partitionOf(before) * PARTITION_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;
  const old = rows.map(({ name }) => name).filter((name) => /^reading_\d{8}$/.test(name) && name < last);
  for (const name of old) {
    await session.query(`alter table reading detach partition ${name} concurrently`);
    await session.query(`drop table ${name}`);
  }
  return old.length;
}
