import type { Session } from './database.ts';

/**
 * Whether the readings and captures that an alert was raised by are in the database: the writer comes to them after the engine has,
 * or before. True of an alert of a log that is not written any more.
 */
export async function isOriginStored(session: Session, alertId: string): Promise<boolean> {
  const { rows } = await session.query<{ behind: boolean }>(
    `select exists (select from alert a join log_cursor c on c.log_id = a.log_id and c.reader = 'writer'
                     where a.id = $1 and c.position < (select min(e.log_position) from alert_event e where e.alert_id = a.id)) as behind`,
    [alertId],
  );
  return rows[0]?.behind !== true;
}
