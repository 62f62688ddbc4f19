import type { EpochMs, Quality } from '../model/reading.ts';
import { qualityNumber } from '../model/reading.ts';
import type { Session } from './database.ts';

/** The newest reading of a tag, as it is to be remembered. */
export interface LatestRow {
  readonly tagId: number;
  readonly at: EpochMs;
  readonly value: number | null;
  readonly quality: Quality;
  readonly code: number | null;
}

/** Keeps the newest reading of each tag in `reading_latest`: one statement, each tag once; an older one changes nothing. */
export async function storeLatest(session: Session, rows: readonly LatestRow[]): Promise<void> {
  if (rows.length === 0) return;
  await session.query(
    `insert into reading_latest as latest (tag_id, at, value, quality, code)
     select id, to_timestamp(ms / 1000), value, quality, code
       from unnest($1::int[], $2::float8[], $3::float8[], $4::smallint[], $5::int[]) as row (id, ms, value, quality, code)
     on conflict (tag_id) do update
       set at = excluded.at, value = excluded.value, quality = excluded.quality, code = excluded.code
       where excluded.at > latest.at`,
    [
      rows.map(({ tagId }) => tagId),
      rows.map(({ at }) => at),
      rows.map(({ value }) => value),
      rows.map(({ quality }) => qualityNumber(quality)),
      rows.map(({ code }) => (code === null ? null : code | 0)),
    ],
  );
}
