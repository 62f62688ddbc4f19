import type { EpochMs, Quality } from '../model/reading.ts';
import type { Session } from './database.ts';
import { type ReadingColumns, toReadings, unpackColumns } from './history.ts';

/** The newest reading of one tag. */
export interface LatestReading {
  readonly tag: string;
  readonly at: EpochMs;
  readonly value: number | null;
  readonly quality: Quality;
}

/**
 * Newest readings of tags that have one, by name, after `after`, at most `limit`; of the tags named, or of all. Reads
 * `reading_latest`, never readings.
 */
export async function listLatest(
  session: Session,
  page: { readonly after: string; readonly limit: number; readonly tags: readonly string[] | null },
): Promise<LatestReading[]> {
  const { rows } = await session.query<{
    names: string[] | null;
    at: Uint8Array | null;
    value: Uint8Array | null;
    quality: Uint8Array | null;
  }>(
    `select json_agg(name) as names, string_agg(timestamptz_send(at), '') as at,
            string_agg(float8send(coalesce(value, 'NaN')), '') as value, string_agg(int2send(quality), '') as quality
       from (select t.name, l.at, l.value, l.quality from tag t join reading_latest l on l.tag_id = t.id
              where t.retired_at is null and t.name > $1 and ($2::text[] is null or t.name = any($2))
              order by t.name limit $3) as found`,
    [page.after, page.tags, page.limit],
  );
  const { names, ...packed } = rows[0]!;
  const columns: ReadingColumns = unpackColumns(packed);
  return toReadings(columns).map((reading, i) => ({ tag: names![i]!, ...reading }));
}
