import type { EpochMs } from '../model/reading.ts';
import { formatTime } from '../model/time.ts';
import { formatJobTimes, jobPagePath, type WorkOrder, type WorkOrderAction } from '../model/work-order.ts';
import type { Database, Session } from '../store/database.ts';
import { createDeliveries } from '../store/deliveries.ts';
import { addWorkOrderEntry, listWorkOrderEntries, writeProgress } from '../store/work-order-progress.ts';
import { findLoneWorkOrder, findWorkOrder } from '../store/work-orders.ts';
import { type JobAct, type JobMove, moveJob } from './move-job.ts';

/** Who acts on which job, and what for. */
export interface Acting {
  /** `WO-YYYY-NNNNNN`. */
  readonly number: string;
  readonly act: JobAct;
  readonly by: string;
  readonly at: EpochMs;
  /** Name of the plant, for messages. */
  readonly plant: string;
}

/** What came of it, and the job as this left it: whoever reads it later may read what another made of it. */
export type Acted =
  | { readonly kind: 'moved' | 'already'; readonly job: WorkOrder }
  | Extract<JobMove, { readonly kind: 'refused' }>;

/**
 * Starts, completes or cancels a job: the job, the line of its journal and the messages commit together. `null`: there is no
 * such job. Two who act at once are served one after the other.
 */
export function actOnJob(database: Database, { number, act, by, at, plant }: Acting): Promise<Acted | null> {
  return database.transaction(async (session) => {
    const order = await findLoneWorkOrder(session, number, { lock: 'for update' });
    if (order === null) return null;
    const entries = act.kind === 'start' ? await listWorkOrderEntries(session, order.id) : [];
    const startNote = entries.find(({ action }) => action === 'started')?.note ?? null;
    const move = moveJob(order, act, { by, at, startNote });
    if (move.kind === 'refused') return move;
    if (move.kind === 'moved') {
      const { action, progress } = move;
      const note = act.kind === 'complete' ? sayResult(act) : act.note;
      await writeProgress(session, order.id, progress);
      await addWorkOrderEntry(session, order.id, { at, action, by, note });
      await tell(session, { ...order, ...progress }, { action, by, at, plant });
    }
    return { kind: move.kind, job: (await findWorkOrder(session, number))! }; // it is locked here, and never deleted
  });
}

const FOUND = { fault: 'found a fault', nothing: 'found nothing' } as const;

/** One line for the journal: the fields of the job say the same. `null`: nothing was said. */
function sayResult({ found, cause, remedy, notes }: Extract<JobAct, { kind: 'complete' }>): string | null {
  const parts = [
    found === null ? '' : FOUND[found],
    cause === null ? '' : `cause: ${cause}`,
    remedy === null ? '' : `remedy: ${remedy}`,
    notes ?? '',
  ];
  return parts.filter((part) => part !== '').join('; ') || null;
}

async function tell(
  session: Session,
  order: WorkOrder,
  {
    action,
    by,
    at,
    plant,
  }: { readonly action: WorkOrderAction; readonly by: string; readonly at: EpochMs; readonly plant: string },
): Promise<void> {
  const alert = order.alerts.at(-1);
  if (alert === undefined) return; // every job is an alert's; a message without one has no place in the outbox
  const { alsoOpen: _, ...told } = order;
  const data = { plant, by, workOrder: { ...told, ...formatJobTimes(order), page: jobPagePath(order.number) } };
  const message = {
    // Each of these happens to a job once.
    id: `msg_${order.id.replaceAll('-', '')}_${action}`,
    alert,
    effect: action,
    priority: order.priority,
    body: JSON.stringify({ type: `work_order.${action}`, timestamp: formatTime(at), data }),
    at,
  };
  await createDeliveries(session, message, null);
}
