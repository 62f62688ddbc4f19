import type { WorkOrder } from '../api.generated.ts';
import { isClosed } from './job-act.ts';

/** The part of a job that says where it stands in the list. */
export type Ordered = Pick<WorkOrder, 'number' | 'state' | 'priority' | 'dueAt' | 'closedAt'>;

const PRIORITIES: readonly WorkOrder['priority'][] = ['critical', 'high', 'medium', 'low'];

/** Jobs in the order in which they are to be done: what is due first, of the same date the more urgent; then the closed, newest first. */
export function jobsInOrder<Job extends Ordered>(jobs: Iterable<Job>): readonly Job[] {
  return [...jobs].sort(
    (a, b) => Number(isClosed(a)) - Number(isClosed(b)) || (isClosed(a) ? compareClosed(a, b) : compareOpen(a, b)),
  );
}

function compareOpen(a: Ordered, b: Ordered): number {
  const [dueA, dueB] = [a, b].map(({ dueAt }) => (dueAt === null ? Number.MAX_VALUE : Date.parse(dueAt)));
  const byPriority = PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority);
  return dueA! - dueB! || byPriority || (a.number < b.number ? -1 : 1);
}

function compareClosed(a: Ordered, b: Ordered): number {
  const [closedA, closedB] = [a, b].map(({ closedAt }) => (closedAt === null ? 0 : Date.parse(closedAt)));
  return closedB! - closedA! || (a.number < b.number ? 1 : -1);
}
