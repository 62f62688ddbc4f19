import { FAILURE_MODES } from '../model/failure-modes.ts';
import type { JobPlan, LikelyCause, WorkOrderPolicy } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import type { WorkOrder } from '../model/work-order.ts';
import { dateJob } from './date-job.ts';

/** What a job says of the alert it is for. */
export type JobText = Pick<WorkOrder, 'title' | 'description' | 'failureMode' | 'priority'> & {
  readonly dueAt: number;
};

/** The part of a transition that a job tells of. */
export type Described = Pick<
  Transition,
  'rule' | 'asset' | 'source' | 'tag' | 'level' | 'finding' | 'at' | 'rul' | 'priority'
>;

/**
 * Says what is to be done about an alert as it stands with this transition: what is wrong, what speaks for it, and the steps.
 * `assetName`: what people call its asset; absent: its id.
 */
export function describeJob(transition: Described, policy: WorkOrderPolicy, assetName?: string): JobText {
  const { rule, asset, source, level, finding } = transition;
  const job = policy.jobs?.[finding?.fault ?? ''];
  const priority = finding?.urgency ?? transition.priority;
  const { dueAt, note } = dateJob({ ...transition, priority }, policy);
  const causes = policy.causes?.[level?.startsWith('L') ? 'low' : 'high'] ?? [];
  const failureMode = job?.failureMode ?? modeOf(policy, causes);
  return {
    title: `${assetName ?? asset ?? source ?? rule}: ${job?.title ?? FAILURE_MODES[failureMode] ?? failureMode}`,
    description: `${sayFinding(finding?.explanation ?? rule)}${sayRaisedBy(transition)}${note}${sayCauses(causes)}${sayPlan(job)}`,
    failureMode,
    priority,
    dueAt,
  };
}

/** The sentence of a job by which it is known which of its alerts it describes. */
export function sayRaisedBy({ rule, tag }: Pick<Transition, 'rule' | 'tag'>): string {
  return `Raised by rule ${rule}${tag === null ? '' : ` on ${tag}`}.`;
}

/** What is wrong, and below it line by line what speaks for it. */
function sayFinding(explanation: string): string {
  const [headline, ...evidence] = partsOf(explanation);
  return evidence.length === 0 ? `${headline}. ` : `${headline}.${evidence.map((line) => `\n- ${line}`).join('')}\n`;
}

/** A semicolon after which no bracket is closed that was opened before it. */
const BETWEEN = /; (?![^(]*\))/;

/**
 * The headline of an explanation and what speaks for it; what stands in brackets belongs together: `(group 2; ISO 20816-3)`. A bracket that
 * is never closed stands in the name of a tag, and holds nothing together.
 */
export function partsOf(explanation: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const piece of explanation.split(/([()]|; )/)) {
    if (piece === '(') depth++;
    if (piece === ')') depth = Math.max(0, depth - 1);
    if (piece === '; ' && depth === 0) parts.push('');
    else parts.push(`${parts.pop()}${piece}`);
  }
  return depth === 0 ? parts : explanation.split(BETWEEN);
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
