import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** A table that is split by its column `at` into equal stretches since 1970. */
export interface PartitionedTable {
  readonly name: string;
  /** Length of one partition, ms. */
  readonly spanMs: number;
}

/** Number of the partition a time belongs to. */
export function partitionAt({ spanMs }: PartitionedTable, at: EpochMs): number {
  return Math.floor(at / spanMs);
}

/**
 * Makes one partition, if it is not there yet. Made beside and attached, because `create … partition of` would wait for
 * every reader of the table and hold up all that come after it.
 */
export async function attachPartition(session: Session, table: PartitionedTable, partition: number): Promise<void> {
  const from = new Date(partition * table.spanMs);
  const to = new Date((partition + 1) * table.spanMs);
  const name = partitionName(table, partition);
  const { rows } = await session.query<{ attached: boolean }>(
    `select exists (select from pg_inherits where inhrelid = to_regclass($1)) as attached`,
    [name],
  );
  if (rows[0]?.attached) return;
  await session.query(
    `create table if not exists ${name} (like ${table.name} including defaults including constraints)`,
  );
  await session.query(
    `alter table ${table.name} attach partition ${name} for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
  );
}

/** The partitions of a table, oldest first. */
export async function listPartitions(session: Session, table: string): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(
    `select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = to_regclass($1) order by c.relname`,
    [table],
  );
  return rows.map(({ name }) => name);
}

/**
 * Drops the partitions that lie wholly before a time; returns how many. Must not run in a transaction: a partition is
 * first detached in a way that neither waits for readers nor holds up writers.
 */
export async function dropPartitionsBefore(
  session: Session,
  table: PartitionedTable,
  before: EpochMs,
): Promise<number> {
  const last = partitionName(table, partitionAt(table, before));
  const ours = new RegExp(`^${table.name}_\\d{8}$`);
  const old = (await listPartitions(session, table.name)).filter((name) => ours.test(name) && name < last);
  for (const name of old) {
    await session.query(`alter table ${table.name} detach partition ${name} concurrently`);
    await session.query(`drop table ${name}`);
  }
  return old.length;
}

/** Digits only behind the table's name: safe as an identifier. */
function partitionName({ name, spanMs }: PartitionedTable, partition: number): string {
  return `${name}_${new Date(partition * spanMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
}
