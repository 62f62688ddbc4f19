import { type Flags, readSettings } from '../config/settings.ts';
import { ConfigError } from '../model/errors.ts';
import { openDatabase } from '../store/database.ts';
import { findEdition } from '../store/edition.ts';
import { lockSchema, migrate, withoutPassword } from '../store/migrate.ts';
import { moveToHypertable } from '../store/move-to-hypertable.ts';
import { ensureReadingsTable } from '../store/readings-table.ts';
import { ensureRollups } from '../store/rollups.ts';
import { moveTextsToHypertable } from '../store/texts-table.ts';

/** Moving one week of readings into a hypertable is one statement. */
const MOVE_MS = 6 * 3_600_000;

/** `millwright migrate`: for those who bring the schema up to date apart from starting the service. */
export async function runMigrate(flags: Flags): Promise<void> {
  const { databaseUrl } = readSettings({ env: process.env, flags });
  if (databaseUrl === null) {
    throw new ConfigError(
      'option_invalid',
      'DATABASE_URL is not set: say which database, e.g. postgres://millwright@db:5432/millwright (the embedded one is migrated at every start)',
    );
  }
  const { applied } = await migrate(databaseUrl);
  const database = openDatabase(databaseUrl, { connections: 1, name: 'migrate', statementMs: MOVE_MS });
  try {
    const edition = await findEdition(database);
    await database.transaction(async (session) => {
      await lockSchema(session);
      await ensureReadingsTable(session, edition);
      await moveTextsToHypertable(session, edition);
    });
    const moved = await moveToHypertable(database, edition);
    if (moved > 0) console.log(`moved readings from ${moved} partitions into a hypertable`);
    await database.transaction(async (session) => {
      await lockSchema(session);
      await ensureRollups(session, edition);
    });
    const what = applied.length === 0 ? 'is up to date' : `was brought up to date (${applied.join(', ')})`;
    console.log(`${withoutPassword(databaseUrl)} (${edition}) ${what}`);
  } finally {
    await database.close();
  }
}
