import { openWorkOrder } from '../maintenance/open-work-order.ts';
import type { Alert } from '../model/alert.ts';
import type { EpochMs } from '../model/reading.ts';
import { formatTime } from '../model/time.ts';
import type { Transition } from '../model/transition.ts';
import type { WorkOrder } from '../model/work-order.ts';
import { findAlert, linkWorkOrder, storeAlert } from '../store/alerts.ts';
import type { Database, Session } from '../store/database.ts';
import { createDeliveries } from '../store/deliveries.ts';
import { moveCursor } from '../store/log-cursors.ts';
import { findWorkOrder } from '../store/work-orders.ts';

/** A transition as it was committed, for everybody who watches live. */
export interface CommittedTransition {
  readonly alert: Alert;
  readonly effect: Transition['effect'];
  readonly workOrder: WorkOrder | null;
}

/** Where and when transitions are committed. */
export interface CommitContext {
  readonly plant: { readonly name: string; readonly timezone: string };
  readonly logId: string;
  /** End of the last record whose transitions these are. */
  readonly position: number;
  readonly at: EpochMs;
}

/**
 * Commits transitions together with their journal, their jobs, their outgoing messages and the engine's cursor:
 * all of it or nothing, so that a crash can neither lose a message nor send one for an alert that is not there.
 */
export function commitTransitions(
  database: Database,
  transitions: readonly Transition[],
  context: CommitContext,
): Promise<CommittedTransition[]> {
  return database.transaction(async (session) => {
    const committed: CommittedTransition[] = [];
    for (const transition of transitions) committed.push(await commitOne(session, transition, context));
    await moveCursor(session, { reader: 'engine', logId: context.logId, position: context.position, at: context.at });
    return committed;
  });
}

async function commitOne(
  session: Session,
  transition: Transition,
  { plant, logId, at }: CommitContext,
): Promise<CommittedTransition> {
  await storeAlert(session, transition, logId);
  if (transition.effect === 'raised') {
    const workOrderId = await openWorkOrder(session, transition, plant.timezone);
    if (workOrderId !== null) await linkWorkOrder(session, transition.alert, workOrderId);
  }
  const alert = (await findAlert(session, transition.alert))!; // stored two statements ago, in this transaction
  const workOrder = alert.workOrder === null ? null : await findWorkOrder(session, alert.workOrder);
  await createDeliveries(session, {
    idPrefix: messageId(transition),
    alert: alert.id,
    effect: transition.effect,
    priority: transition.priority,
    body: messageBody(transition, alert, workOrder, plant.name),
    at,
  });
  return { alert, effect: transition.effect, workOrder };
}

/** The same on every replay, so that a message can't be put into the outbox twice. */
function messageId({ alert, effect, position }: Transition): string {
  return `msg_${alert.replaceAll('-', '')}_${position}_${effect.replaceAll(' ', '-')}`;
}

/** The body of a webhook: Standard Webhooks' `{type, timestamp, data}`. */
function messageBody(transition: Transition, alert: Alert, workOrder: WorkOrder | null, plant: string): string {
  const optional = (time: EpochMs | null) => (time === null ? null : formatTime(time));
  return JSON.stringify({
    type: `alert.${transition.effect.replaceAll(' ', '_')}`,
    timestamp: formatTime(transition.at),
    data: {
      plant,
      alert: {
        ...alert,
        raisedAt: formatTime(alert.raisedAt),
        returnedAt: optional(alert.returnedAt),
        clearedAt: optional(alert.clearedAt),
        acknowledgedAt: optional(alert.acknowledgedAt),
      },
      workOrder: workOrder && {
        id: workOrder.id,
        number: workOrder.number,
        title: workOrder.title,
        failureMode: workOrder.failureMode,
        dueAt: optional(workOrder.dueAt),
      },
    },
  });
}
