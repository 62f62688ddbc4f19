import type { Reading } from '../model/reading.ts';
import type { Database } from '../store/database.ts';
import { keepNewest } from '../store/latest-readings.ts';
import type { QuarantineEntry } from '../store/quarantine.ts';
import { readNewestTexts } from '../store/texts.ts';
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
  const newest = new Map<string, Reading>();
  for (const reading of [...(await keepNewest(database, { names })), ...(await readNewestTexts(database, names))])
    if (reading.at > (newest.get(reading.tag)?.at ?? Number.NEGATIVE_INFINITY)) newest.set(reading.tag, reading);
  for (const each of refused) live.retract(each, newest.get(each.tag) ?? null);
}
