import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';
import { toTimestamp } from './readings.ts';

/** What there is of thermal frames of one tag. */
export interface TagFrames {
  readonly tag: string;
  readonly oldestAt: EpochMs;
  /** The newest one. */
  readonly at: EpochMs;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** The tags of an asset that have thermal frames, by name, after the given one. */
export async function listAssetFrames(
  session: Session,
  page: { readonly asset: string; readonly after: string | undefined; readonly limit: number },
): Promise<TagFrames[]> {
  const { rows } = await session.query<TagFrames>(
    `select t.name as tag, (extract(epoch from o.at) * 1000)::float8 as "oldestAt", (extract(epoch from n.at) * 1000)::float8 as at,
            n.width, n.height
       from tag t
       cross join lateral (select at from thermal_frame where tag_id = t.id order by at limit 1) o
       cross join lateral (select at, width, height from thermal_frame where tag_id = t.id order by at desc limit 1) n
      where t.asset = $1 and ($2::text is null or t.name > $2) order by t.name limit $3`,
    [page.asset, page.after ?? null, page.limit],
  );
  return rows;
}

/** When the newest thermal frame of a tag not after `until` was taken; `null` when there is none. */
export async function findFrameTime(
  session: Session,
  { tagId, until }: { readonly tagId: number; readonly until: EpochMs },
): Promise<EpochMs | null> {
  const { rows } = await session.query<{ at: number }>(
    `select (extract(epoch from at) * 1000)::float8 as at from thermal_frame where tag_id = $1 and at <= $2 order by at desc limit 1`,
    [tagId, toTimestamp(until)],
  );
  return rows[0]?.at ?? null;
}
