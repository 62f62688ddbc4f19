import { queryDatabase } from './database.ts';
import type { Stored } from './ledger.ts';

/** A row of the database. */
export interface StoredRow extends Stored {
  readonly quality: number;
}

/** Every row of the tags whose names begin so, by time. */
export function storedRows(databaseUrl: string, prefix: string): Promise<StoredRow[]> {
  return queryDatabase<StoredRow & Record<string, unknown>>(
    databaseUrl,
    `select t.name as tag, (extract(epoch from r.at) * 1000)::float8 as at, r.value, r.quality
       from reading r join tag t on t.id = r.tag_id where starts_with(t.name, $1) order by r.at, t.name`,
    [prefix],
  );
}

/** How many rows these tags have. */
export async function countRows(databaseUrl: string, prefix: string): Promise<number> {
  const [row] = await queryDatabase<{ n: number }>(
    databaseUrl,
    'select count(*)::int as n from reading r join tag t on t.id = r.tag_id where starts_with(t.name, $1)',
    [prefix],
  );
  return row!.n;
}
