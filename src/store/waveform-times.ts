import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';
import { toTimestamp } from './readings.ts';

/** One of several waveforms of a tag. */
export interface WaveformTime {
  readonly at: EpochMs;
  /** Samples. */
  readonly length: number;
}

/**
 * At most `count` waveforms of a tag spread over `from` (inclusive) to `to` (exclusive): the first, and the newest of each of the other
 * equal parts of the time between the first and the last. In order of time; one index look-up for each.
 */
export async function spreadWaveforms(
  session: Session,
  range: { readonly tagId: number; readonly from: EpochMs; readonly to: EpochMs; readonly count: number },
): Promise<WaveformTime[]> {
  const { tagId, count } = range;
  const [first, last] = [
    await endOf(session, { ...range, order: 'asc' }),
    await endOf(session, { ...range, order: 'desc' }),
  ];
  if (first === null || last === null) return [];
  if (last.at === first.at) return [first];
  const parts = count - 1;
  // Whole microseconds are what the database keeps: rounded, the last part must still end with the last waveform.
  const ends = Array.from({ length: parts }, (_, i) =>
    i === parts - 1 ? last.at : first.at + ((last.at - first.at) * (i + 1)) / parts,
  );
  const { rows } = await session.query<WaveformTime>(
    `select (extract(epoch from w.at) * 1000)::float8 as at, w.length
       from unnest($2::timestamptz[], $3::timestamptz[]) as part (after, until)
      cross join lateral (select at, length from waveform
                           where tag_id = $1 and at > part.after and at <= part.until order by at desc limit 1) w
      order by w.at`,
    [tagId, [first.at, ...ends.slice(0, -1)].map(toTimestamp), ends.map(toTimestamp)],
  );
  return [first, ...rows];
}

async function endOf(
  session: Session,
  {
    tagId,
    from,
    to,
    order,
  }: { readonly tagId: number; readonly from: EpochMs; readonly to: EpochMs; readonly order: 'asc' | 'desc' },
): Promise<WaveformTime | null> {
  const { rows } = await session.query<WaveformTime>(
    `select (extract(epoch from at) * 1000)::float8 as at, length from waveform
      where tag_id = $1 and at >= $2 and at < $3 order by at ${order} limit 1`,
    [tagId, toTimestamp(from), toTimestamp(to)],
  );
  return rows[0] ?? null;
}
