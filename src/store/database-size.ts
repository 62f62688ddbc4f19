import type { Session } from './database.ts';

/** How large the database is on its server's disk, bytes. */
export async function readDatabaseBytes(session: Session): Promise<number> {
  const { rows } = await session.query<{ bytes: number }>(
    'select pg_database_size(current_database())::float8 as bytes',
  );
  return rows[0]!.bytes;
}
