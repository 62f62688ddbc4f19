import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { ConfigError } from '../model/errors.ts';
import { openDataDirectory } from '../store/data-directory.ts';
import { startEmbeddedPostgres } from '../store/embedded/embedded.ts';
import { reachEmbedded } from '../store/embedded/reach.ts';

/**
 * Gives a command the database of the service: the configured one, the embedded one of a service that runs on the same data
 * directory, or, when none runs, that one started for the time of `work`.
 * Throws `directory_unusable` when the service has never run there.
 */
export async function withDatabase<T>(
  { databaseUrl, dataDirectory }: Settings,
  signal: AbortSignal,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const url = databaseUrl ?? (await reachEmbedded(resolve(dataDirectory, 'postgres')));
  if (url !== null) return work(url);
  if (!existsSync(resolve(dataDirectory, 'postgres'))) {
    const hint = 'say where its data is with --data, or which database with --database-url';
    throw new ConfigError('directory_unusable', `no service has kept anything in ${dataDirectory}: ${hint}`);
  }
  const directory = await openDataDirectory(dataDirectory);
  try {
    const postgres = await startEmbeddedPostgres({ directory: directory.postgres, log: () => undefined, signal });
    try {
      return await work(postgres.url);
    } finally {
      await postgres.stop();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new ConfigError('option_invalid', 'stopped before the database had started', { cause: error });
  } finally {
    await directory.release();
  }
}
