import type { EpochMs } from '../model/reading.ts';
import type { ReadingRows } from './copy-rows.ts';
import type { Session } from './database.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * Queues the minutes whose rollup may be made already, for the readings among `rows` that lie before `announced`; asks the
 * database nothing when there are none. Must run in the transaction that stores the rows, after `rollup_announced()` was
 * read in it: a minute is announced before it is rolled up, so either the rollup sees the reading, or the queue has it.
 */
export async function queueLate(session: Session, rows: ReadingRows, announced: EpochMs): Promise<void> {
  const dirty = findLate(rows, announced);
  if (dirty.length === 0) return;
  await session.query(
    `insert into rollup_dirty (tag_id, first, last) select * from unnest($1::int[], $2::timestamptz[], $3::timestamptz[])`,
    [
      dirty.map(({ tagId }) => tagId),
      dirty.map(({ first }) => new Date(first)),
      dirty.map(({ last }) => new Date(last)),
    ],
  );
}

/** Minutes of one tag within one UTC hour. */
interface DirtyMinutes {
  readonly tagId: number;
  first: EpochMs;
  last: EpochMs;
}

/** One entry for each tag and hour. O(n), and one comparison a row when nothing is late. */
function findLate({ tagId, at }: ReadingRows, announced: EpochMs): DirtyMinutes[] {
  const found = new Map<string, DirtyMinutes>();
  for (let i = 0; i < at.length; i++) {
    const time = at[i]!;
    if (time >= announced) continue;
    const minute = Math.floor(time / MINUTE_MS) * MINUTE_MS;
    const key = `${tagId[i]} ${Math.floor(time / HOUR_MS)}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { tagId: tagId[i]!, first: minute, last: minute });
    else if (minute < known.first) known.first = minute;
    else if (minute > known.last) known.last = minute;
  }
  return [...found.values()];
}
