import type { Clock } from '../model/clock.ts';
import { hasApiKey, storeApiKey } from '../store/access.ts';
import type { Database } from '../store/database.ts';
import { hashSecret, newApiKey } from './keys.ts';

/**
 * Makes sure that somebody can sign in: stores the `fixed` key, or makes one when there is none at all.
 * Returns a key only when it was made just now, to be shown once.
 */
export async function ensureFirstKey(database: Database, fixed: string | null, clock: Clock): Promise<string | null> {
  if (fixed === null && (await hasApiKey(database))) return null;
  const made = newApiKey();
  const { id, key, name } =
    fixed === null
      ? { ...made, name: 'first administrator' }
      : { id: 'environment', key: fixed, name: 'administrator (MILLWRIGHT_ADMIN_KEY)' };
  await database.transaction((session) =>
    storeApiKey(session, { id, name, hash: hashSecret(key), scopes: ['*'], createdAt: clock.now() }),
  );
  return fixed === null ? key : null;
}
