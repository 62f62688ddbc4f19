import type { WorkOrderEntry, WorkProgress } from '../model/work-order.ts';
import type { Session } from './database.ts';

/** Writes how far a job is. */
export async function writeProgress(session: Session, id: string, progress: WorkProgress): Promise<void> {
  const { state, startedAt, startedBy, closedAt, closedBy, found, cause, remedy, notes } = progress;
  const optional = (time: number | null) => (time === null ? null : new Date(time));
  await session.query(
    `update work_order set state = $2, started_at = $3, started_by = $4, closed_at = $5, closed_by = $6,
            found = $7, cause = $8, remedy = $9, notes = $10
      where id = $1`,
    [id, state, optional(startedAt), startedBy, optional(closedAt), closedBy, found, cause, remedy, notes],
  );
}

/** Adds a line to the journal of a job. */
export async function addWorkOrderEntry(session: Session, id: string, entry: WorkOrderEntry): Promise<void> {
  await session.query(
    'insert into work_order_action (work_order_id, at, action, by, note) values ($1, $2, $3, $4, $5)',
    [id, new Date(entry.at), entry.action, entry.by, entry.note],
  );
}

/** What people did about a job, oldest first. A job is started once and closed once, so it is short. */
export async function listWorkOrderEntries(session: Session, id: string): Promise<WorkOrderEntry[]> {
  const { rows } = await session.query<Omit<WorkOrderEntry, 'at'> & { at: Date }>(
    'select at, action, by, note from work_order_action where work_order_id = $1 order by id',
    [id],
  );
  return rows.map(({ at, ...entry }) => ({ ...entry, at: at.getTime() }));
}
