import { systemClock } from '../model/clock.ts';
import type { DataDirectory } from './data-directory.ts';
import { type Database, openDatabase } from './database.ts';
import { type Edition, findEdition } from './edition.ts';
import { type EmbeddedEvent, startEmbeddedPostgres } from './embedded/embedded.ts';
import { KnownTags } from './known-tags.ts';
import { migrate } from './migrate.ts';
import { isMoveDue, moveToHypertable } from './move-to-hypertable.ts';
import { type Ownership, takeOwnership } from './ownership.ts';
import { ensureReadingsTable, isPartitioned } from './readings-table.ts';
import { ensureRollups, type RollupsKeptAs } from './rollups.ts';
import { ensureTextsTable } from './texts-table.ts';

const LONG_STATEMENTS_CLOSE_MS = 500;

/** A database that is ready for the service. */
export interface Store {
  readonly url: string;
  /** For the line: writer, outbox, keys. */
  readonly database: Database;
  /** For what people and dashboards ask: heavy questions must not hold up the line. */
  readonly reading: Database;
  /** For rolling up and dropping, whose statements may take minutes. */
  readonly maintenance: Database;
  /** Tags that people and dashboards asked for; to be forgotten whenever tags were written. */
  readonly knownTags: KnownTags;
  readonly edition: Edition;
  readonly rollups: RollupsKeptAs;
  /** Who makes the partitions of the readings table. */
  readonly partitions: 'made by us' | 'made by the database';
  /** Migrations that were missing and were applied just now. */
  readonly migrated: readonly string[];
  /** Says that another service took the database, `null` while it is ours. */
  readonly trouble: () => string | null;
  close(): Promise<void>;
}

/**
 * Opens the database at `url`, or starts the embedded one when that is `null`, and brings its schema up to date.
 * Throws one of our errors when that is not possible; then nothing is left running.
 */
export async function openStore(options: {
  readonly url: string | null;
  readonly directory: DataDirectory;
  readonly log: (event: EmbeddedEvent) => void;
  readonly signal: AbortSignal;
}): Promise<Store> {
  const { directory, log, signal } = options;
  const embedded =
    options.url === null ? await startEmbeddedPostgres({ directory: directory.postgres, log, signal }) : null;
  const url = options.url ?? embedded!.url;
  let ownership: Ownership | null = null;
  let database: Database | null = null;
  let reading: Database | null = null;
  let maintenance: Database | null = null;
  const close = async () => {
    // They may be in the middle of a long statement, which is made again after the next start.
    const longOnes = Promise.all([maintenance?.close(), reading?.close()]);
    await Promise.race([longOnes, systemClock.sleep(LONG_STATEMENTS_CLOSE_MS)]);
    await database?.close();
    await ownership?.release();
    await embedded?.stop();
  };
  try {
    ownership = await takeOwnership(url, { identity: directory.identity, log, signal });
    const { applied } = await migrate(url);
    database = openDatabase(url, { connections: 8, name: 'service' });
    reading = openDatabase(url, { connections: 8, name: 'api', statementMs: 15_000 });
    maintenance = openDatabase(url, { connections: 2, name: 'maintenance', statementMs: 10 * 60_000 });
    const edition = await findEdition(database);
    await ensureReadingsTable(database, edition);
    await ensureTextsTable(database, edition);
    const move = await isMoveDue(database, edition);
    if (move === 'begun') await moveToHypertable(maintenance, edition);
    if (move === 'yes') {
      const message =
        'readings stay in the partitions of plain PostgreSQL until `millwright migrate` is run while the service is stopped';
      log({ level: 'warn', message, fields: { edition } });
    }
    const partitions = (await isPartitioned(database)) ? 'made by us' : 'made by the database';
    const rollups = await database.transaction((session) => ensureRollups(session, edition));
    return {
      url,
      database,
      reading,
      maintenance,
      knownTags: new KnownTags(reading),
      edition,
      rollups,
      partitions,
      migrated: applied,
      trouble: ownership.trouble,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
