import type { EpochMs, Quality } from '../model/reading.ts';
import { encodeCopyRows, type ReadingRows } from './copy-rows.ts';
import type { Session } from './database.ts';
import { queueLate } from './rollup-late.ts';

const COPY = 'copy reading (tag_id, at, value, quality, code) from stdin with (format binary)';
const COPY_STAGING = 'copy reading_staging (tag_id, at, value, quality, code) from stdin with (format binary)';

/** What became of a batch: the sum is its length. */
export interface StoredCounts {
  readonly stored: number;
  /** The same reading was there already. */
  readonly duplicates: number;
  /** The tag already has another value at this time; the first one stays. */
  readonly conflicts: number;
}

/** A stored reading as it is given out. */
export interface StoredReading {
  readonly at: EpochMs;
  readonly value: number | null;
  readonly quality: Quality;
  /** The raw 32-bit status code, where there is one. */
  readonly code?: number;
  /** In place of a value. */
  readonly text?: string;
}

/** Copies rows straight in. Fails with 23505 when any (tag, time) is there already: then use `storeChecked`. */
export async function storeRows(session: Session, rows: ReadingRows): Promise<void> {
  await copyRows(session, encodeCopyRows(rows));
  await queueStored(session, rows);
}

/** The first half of `storeRows`, for rows that `encodeCopyRows` has encoded already; `queueStored` must follow. */
export async function copyRows(session: Session, encoded: Buffer): Promise<void> {
  await session.copyIn(COPY, encoded);
}

/** Stores rows of which some may be there already. About half as fast as `storeRows`. Needs a transaction. */
export async function storeChecked(session: Session, rows: ReadingRows): Promise<StoredCounts> {
  await session.query(
    `create temporary table if not exists reading_staging
       (tag_id int not null, at timestamptz not null, value float8, quality smallint not null, code int) on commit delete rows`,
  );
  await session.copyIn(COPY_STAGING, encodeCopyRows(rows));
  const { rowCount: stored } = await session.query(
    `insert into reading (tag_id, at, value, quality, code)
     select tag_id, at, value, quality, code from reading_staging
     on conflict (tag_id, at) do nothing`,
  );
  // What was just inserted equals its staged row, so only rows that were there before can differ.
  const { rows: found } = await session.query<{ conflicts: number }>(
    `select count(*)::int as conflicts from reading_staging s join reading r using (tag_id, at)
      where r.value is distinct from s.value or r.quality <> s.quality`,
  );
  await queueStored(session, rows);
  const conflicts = found[0]?.conflicts ?? 0;
  return { stored, conflicts, duplicates: rows.tagId.length - stored - conflicts };
}

/** What belongs to rows that were just stored: queues what is late for the rollups. */
export async function queueStored(session: Session, rows: ReadingRows): Promise<void> {
  const { rows: answer } = await session.query<{ announced: number }>('select rollup_announced() as announced');
  await queueLate(session, rows, answer[0]?.announced ?? Number.NEGATIVE_INFINITY);
}

/** PostgreSQL timestamps have microseconds, a JavaScript Date has not. */
export function toTimestamp(at: EpochMs): string {
  const whole = Math.floor(at);
  const micros = Math.min(999, Math.round((at - whole) * 1_000));
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
