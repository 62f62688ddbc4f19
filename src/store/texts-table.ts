import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';
import type { Edition } from './edition.ts';
import { toTimestamp } from './readings.ts';

const DROPPED_AT_A_TIME = 5_000;

/**
 * Makes a hypertable of `reading_text` where the edition has them and no text is there yet. A database that got the extension
 * later keeps its texts where they are, as it does its readings, until `moveTextsToHypertable`.
 */
export async function ensureTextsTable(session: Session, edition: Edition): Promise<void> {
  if (edition === 'postgresql') return;
  await session.query(`${MAKE_HYPERTABLE} where not exists (select from reading_text)`);
}

/** Moves the texts of a database that got the extension into a hypertable; holds them up for as long as they take to copy. */
export async function moveTextsToHypertable(session: Session, edition: Edition): Promise<void> {
  if (edition !== 'postgresql') await session.query(MAKE_HYPERTABLE);
}

const MAKE_HYPERTABLE = `
  select create_hypertable('reading_text', by_range('at', interval '7 days'), create_default_indexes => false,
                           if_not_exists => true, migrate_data => true)`;

/** Drops texts older than `before`: whole chunks of a hypertable, else row by row; how many chunks or rows. Not in a transaction. */
export async function dropTextsBefore(session: Session, before: EpochMs, edition: Edition): Promise<number> {
  if (edition !== 'postgresql' && (await isHypertable(session))) {
    const { rowCount } = await session.query(`select drop_chunks('reading_text', older_than => $1::timestamptz)`, [
      toTimestamp(before),
    ]);
    return rowCount;
  }
  let dropped = 0;
  for (;;) {
    const { rowCount } = await session.query(
      `delete from reading_text
        where (tag_id, at) in (select tag_id, at from reading_text where at < $1 order by at limit $2)`,
      [toTimestamp(before), DROPPED_AT_A_TIME],
    );
    dropped += rowCount;
    if (rowCount < DROPPED_AT_A_TIME) return dropped;
  }
}

async function isHypertable(session: Session): Promise<boolean> {
  const { rows } = await session.query<{ isHypertable: boolean }>(
    `select exists (select from timescaledb_information.hypertables where hypertable_name = 'reading_text') as "isHypertable"`,
  );
  return rows[0]!.isHypertable;
}
