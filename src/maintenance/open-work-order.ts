import { randomUUID } from 'node:crypto';
import { FAILURE_MODES } from '../model/failure-modes.ts';
import type { JobPlan, LikelyCause, WorkOrderPolicy } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import type { Session } from '../store/database.ts';
import { createWorkOrder, findOpenWorkOrder } from '../store/work-orders.ts';
import { dateJob } from './date-job.ts';

/**
 * Gives a raised alert its job: the open one that its rule already made for the asset, or a new one.
 * Returns the work order's id, `null` when the rule makes no jobs. Runs in the transaction that stores the alert.
 */
export async function openWorkOrder(
  session: Session,
  transition: Transition,
  timezone: string,
): Promise<string | null> {
  const { workOrder, rule, asset, tag, finding, at, priority } = transition;
  if (workOrder === null) return null;
  const open = await findOpenWorkOrder(session, rule, asset);
  if (open !== null) return open;
  const id = randomUUID();
  const job = workOrder.jobs?.[finding?.fault ?? ''];
  const { dueAt, note } = dateJob(transition, workOrder);
  const causes = workOrder.causes?.[transition.level?.startsWith('L') ? 'low' : 'high'] ?? [];
  const failureMode = job?.failureMode ?? modeOf(workOrder, causes);
  await createWorkOrder(session, {
    id,
    rule,
    asset,
    title: `${asset ?? transition.source ?? rule}: ${job?.title ?? FAILURE_MODES[failureMode] ?? failureMode}`,
    description: `${sayFinding(finding?.explanation ?? rule)}Raised by rule ${rule}${tag === null ? '' : ` on ${tag}`}.${note}${sayCauses(causes)}${sayPlan(job)}`,
    failureMode,
    priority,
    createdAt: at,
    dueAt,
    year: yearIn(timezone, at),
  });
  return id;
}

/** What is wrong, and below it line by line what speaks for it. */
function sayFinding(explanation: string): string {
  const [headline, ...evidence] = explanation.split('; ');
  return evidence.length === 0 ? `${headline}. ` : `${headline}.${evidence.map((line) => `\n- ${line}`).join('')}\n`;
}

/** A mode that nobody chose is that of the likeliest cause. */
function modeOf({ failureMode }: WorkOrderPolicy, [likeliest]: readonly LikelyCause[]): string {
  return failureMode === 'OTH' && likeliest !== undefined ? likeliest.failureMode : failureMode;
}

function sayCauses(causes: readonly LikelyCause[]): string {
  if (causes.length === 0) return '';
  const said = causes.map(
    ({ cause, likelihood, check }) => `\n- ${cause} (${Math.round(100 * likelihood)} %): ${check}`,
  );
  return `\nUsually behind it (experience, no statistics):${said.join('')}`;
}

function sayPlan(job: JobPlan | undefined): string {
  return (job?.steps ?? []).map((step, i) => `\n${i + 1}. ${step}`).join('');
}

function yearIn(timezone: string, at: number): number {
  return Number(new Intl.DateTimeFormat('en', { timeZone: timezone, year: 'numeric' }).format(at));
}
