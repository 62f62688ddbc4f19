import type { Database } from '../store/database.ts';
import { keepNewest } from '../store/latest-readings.ts';
import type { QuarantineEntry } from '../store/quarantine.ts';
import type { LiveValues } from './live-values.ts';

/**
 * Takes readings that the database refused out of the newest ones: the newest stored one is shown again. Rejects when the
 * database does not answer.
 */
export async function retractRefused(
  refused: readonly Pick<QuarantineEntry, 'tag' | 'at'>[],
  { database, live }: { readonly database: Database; readonly live: LiveValues },
): Promise<void> {
  const names = [...new Set(refused.map(({ tag }) => tag))];
  const newest = new Map((await keepNewest(database, { names })).map((reading) => [reading.tag, reading]));
  for (const each of refused) live.retract(each, newest.get(each.tag) ?? null);
}
