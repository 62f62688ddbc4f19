import { type Database, openDatabase } from '../../src/store/database.ts';
import { refreshLate } from '../../src/store/rollup-refresh.ts';
import { ensureTags } from '../../src/store/tags.ts';
import { storeAsWriter } from './rollups.ts';
import { waitFor } from './wait.ts';

const DAY_MS = 86_400_000;

/** A row of `reading` as a test writes it. */
export interface PastReading {
  readonly tag: string;
  readonly at: number;
  readonly value: number | null;
  readonly quality?: 0 | 1 | 2;
}

/** Puts readings of the past straight into the database of a service, with rollups. */
export async function fillPast(databaseUrl: string, readings: readonly PastReading[]): Promise<void> {
  await withDatabase(databaseUrl, async (database) => {
    const names = [...new Set(readings.map(({ tag }) => tag))];
    const ids = await ensureTags(
      database,
      names.map((name) => ({ name, asset: name.split('.')[0]!, source: null })),
    );
    await storeAsWriter(database, {
      tagId: Int32Array.from(readings, ({ tag }) => ids.get(tag)!),
      at: Float64Array.from(readings, ({ at }) => at),
      value: Float64Array.from(readings, ({ value }) => value ?? Number.NaN),
      quality: Uint8Array.from(readings, ({ quality }) => quality ?? 0),
      codes: new Map(),
    });
    const step = { keptAs: 'tables', now: Date.now(), keepMs: 400 * DAY_MS, stretchMs: DAY_MS } as const;
    // The service does the same work, and of two that make one partition the second is refused.
    await waitFor('late readings to be rolled up', async () => (await refreshLate(database, step)) === 'up to date');
  });
}

/** Runs statements on a connection of their own. */
export async function withDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = openDatabase(url, { connections: 2, name: 'test', statementMs: 300_000 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
