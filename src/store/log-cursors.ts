import type { EpochMs } from '../model/reading.ts';
import type { Session } from './database.ts';

/** `latest`: how far the table of newest readings is. */
export type LogReaderName = 'writer' | 'engine' | 'latest';

/** How far a reader has come in this log; `null` when it never read it (another log's cursor does not count). */
export async function readCursor(session: Session, reader: LogReaderName, logId: string): Promise<number | null> {
  const { rows } = await session.query<{ position: string }>(
    'select position from log_cursor where reader = $1 and log_id = $2',
    [reader, logId],
  );
  return rows[0] ? Number(rows[0].position) : null;
}

/** Moves a reader's cursor; belongs into the transaction that stores what was read. */
export async function moveCursor(
  session: Session,
  cursor: { readonly reader: LogReaderName; readonly logId: string; readonly position: number; readonly at: EpochMs },
): Promise<void> {
  await session.query(
    `insert into log_cursor (reader, log_id, position, at) values ($1, $2, $3, $4)
     on conflict (reader) do update set log_id = excluded.log_id, position = excluded.position, at = excluded.at`,
    [cursor.reader, cursor.logId, cursor.position, new Date(cursor.at)],
    { isKept: true },
  );
}
