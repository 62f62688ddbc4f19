import type { Clock } from '../model/clock.ts';
import type { Plant } from '../model/plant.ts';
import type { Database } from './database.ts';
import { listTags, type StoredTag, storePlant } from './tags.ts';
import { replacePlantWebhooks } from './webhooks.ts';

/** Writes what the plant file says; secrets are sealed first. */
export async function storePlantFile(
  database: Database,
  plant: Plant,
  seal: (secret: string) => string,
  clock: Clock,
): Promise<void> {
  const createdAt = clock.now();
  await database.transaction(async (session) => {
    await storePlant(session, plant, createdAt);
    await replacePlantWebhooks(
      session,
      plant.endpoints.map(({ id, url, secret, priorities }) => ({
        id,
        url,
        sealedSecret: seal(secret),
        priorities,
        origin: 'plant',
        createdAt,
        createdBy: 'plant file',
      })),
    );
  });
}

/** Every tag there is, in the order of their names. */
export async function readAllTags(database: Database): Promise<StoredTag[]> {
  const all: StoredTag[] = [];
  for (;;) {
    const page = await listTags(database, { after: all.at(-1)?.name ?? '', limit: 5_000 });
    all.push(...page);
    if (page.length < 5_000) return all;
  }
}
