import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';
import { toTimestamp } from './readings.ts';

/** What there is of waveforms of one tag. */
export interface TagWaveforms {
  readonly tag: string;
  readonly oldestAt: EpochMs;
  /** The newest one. */
  readonly at: EpochMs;
  readonly rateHz: number;
  readonly unit: string;
  readonly length: number;
}

/** The tags of an asset that have waveforms, by name, after the given one. */
export async function listAssetWaveforms(
  session: Session,
  page: { readonly asset: string; readonly after: string | undefined; readonly limit: number },
): Promise<TagWaveforms[]> {
  const { rows } = await session.query<TagWaveforms>(
    `select t.name as tag, (extract(epoch from o.at) * 1000)::float8 as "oldestAt", (extract(epoch from n.at) * 1000)::float8 as at,
            n.rate_hz as "rateHz", n.unit, n.length
       from tag t
       cross join lateral (select at from waveform where tag_id = t.id order by at limit 1) o
       cross join lateral (select at, rate_hz, unit, length from waveform where tag_id = t.id order by at desc limit 1) n
      where t.asset = $1 and ($2::text is null or t.name > $2) order by t.name limit $3`,
    [page.asset, page.after ?? null, page.limit],
  );
  return rows;
}

/** When the oldest waveform of a tag was taken, or the newest not after `until`; `null` when there is none. */
export async function findWaveformTime(
  session: Session,
  wanted: { readonly tagId: number; readonly which: 'oldest' | 'newest'; readonly until: EpochMs },
): Promise<EpochMs | null> {
  const order = wanted.which === 'oldest' ? 'asc' : 'desc';
  const { rows } = await session.query<{ at: number }>(
    `select (extract(epoch from at) * 1000)::float8 as at from waveform where tag_id = $1 and at <= $2 order by at ${order} limit 1`,
    [wanted.tagId, toTimestamp(wanted.until)],
  );
  return rows[0]?.at ?? null;
}
