import { randomUUID } from 'node:crypto';
import type { Transition } from '../model/transition.ts';
import type { Session } from '../store/database.ts';
import { createWorkOrder, findOpenWorkOrder } from '../store/work-orders.ts';
import { describeJob } from './describe-job.ts';

/**
 * Gives a raised alert its job: the open one that its rule already made for the asset, or a new one.
 * Returns the work order's id, `null` when the rule makes no jobs. Runs in the transaction that stores the alert.
 */
export async function openWorkOrder(
  session: Session,
  transition: Transition,
  { timezone, assetName }: { readonly timezone: string; readonly assetName: string | undefined },
): Promise<string | null> {
  const { workOrder, rule, asset, at } = transition;
  if (workOrder === null) return null;
  const open = await findOpenWorkOrder(session, rule, asset);
  if (open !== null) return open;
  const id = randomUUID();
  await createWorkOrder(session, {
    id,
    rule,
    asset,
    ...describeJob(transition, workOrder, assetName),
    createdAt: at,
    year: yearIn(timezone, at),
  });
  return id;
}

function yearIn(timezone: string, at: number): number {
  return Number(new Intl.DateTimeFormat('en', { timeZone: timezone, year: 'numeric' }).format(at));
}
