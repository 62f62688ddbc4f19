import { urlOf } from './answers.ts';
import { readPassword } from './initialise.ts';
import { isPostgresOn, readPostmasterFile } from './running.ts';

/** Address of the database that runs on this data folder now, for a command beside its service; `null` when none does. */
export async function reachEmbedded(directory: string): Promise<string | null> {
  const file = await readPostmasterFile(directory);
  if (file === null || file.port === null || file.status !== 'ready') return null;
  if (!(await isPostgresOn(file.pid, directory))) return null;
  return urlOf({ port: file.port, password: await readPassword(directory, 'complete') });
}
