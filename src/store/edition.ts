import type { Session } from './database.ts';
import { errorCode } from './database.ts';

/** Which of the three databases this is (docs/architecture.md, "The store"). */
export type Edition = 'timescaledb-community' | 'timescaledb-apache' | 'postgresql';

/** Finds the edition; installs the TimescaleDB extension when the server has it and the user may. */
export async function findEdition(session: Session): Promise<Edition> {
  const { rows } = await session.query<{ installed: boolean; available: boolean }>(
    `select exists (select from pg_extension where extname = 'timescaledb') as installed,
            exists (select from pg_available_extensions where name = 'timescaledb') as available`,
  );
  const found = rows[0];
  if (!found?.installed && !(found?.available && (await installTimescale(session)))) return 'postgresql';
  const { rows: license } = await session.query<{ license: string }>(
    `select coalesce(current_setting('timescaledb.license', true), 'apache') as license`,
  );
  return license[0]?.license === 'timescale' ? 'timescaledb-community' : 'timescaledb-apache';
}

async function installTimescale(session: Session): Promise<boolean> {
  try {
    await session.query('create extension if not exists timescaledb');
    return true;
  } catch (error) {
    // 42501 no right to; 55000, 58P01, F0000 not preloaded by the server. Plain PostgreSQL serves too.
    if (['42501', '55000', '58P01', 'F0000', 'XX000', '0A000'].includes(errorCode(error))) return false;
    throw error;
  }
}
