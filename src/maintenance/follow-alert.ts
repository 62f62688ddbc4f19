import { type Alert, isSevere } from '../model/alert.ts';
import type { WorkOrderPolicy } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import type { WorkOrder } from '../model/work-order.ts';
import { describeJob, type JobText, partsOf, sayRaisedBy } from './describe-job.ts';

/** What follows its alerts in a job: their journals keep what it said before. */
export type Followed = Pick<WorkOrder, 'title' | 'description' | 'failureMode' | 'priority' | 'dueAt'>;

/** What is known around the alert that moved. */
export interface Around {
  /** Other alerts of the same job whose condition holds, oldest first. */
  readonly others: readonly Alert[];
  /** Of the plant, IANA. */
  readonly timezone: string;
  /** What people call the asset; absent: its id. */
  readonly assetName?: string | undefined;
}

/** The first line of a job of which nothing is left to be seen. */
const OVER = /^(?:Back to normal|No longer judged) since \d{4}-\d\d-\d\d \d\d:\d\d \([^\n]*\n/;
const ALSO = '\nAlso for this job:';

/**
 * What an open job says once one of its alerts has moved: what was found last about the most severe of them, and what else still
 * stands, or on top that it is over, once nothing does. Its date only comes forward, until it is over. `null`: nothing is different. Following the same transitions again comes to the same text.
 */
export function followAlert(order: WorkOrder, transition: Transition, around: Around): Followed | null {
  if (order.state !== 'open' && order.state !== 'in progress') return null;
  const next = nextOf(order, transition, around);
  const isSame =
    next.title === order.title &&
    next.description === order.description &&
    next.failureMode === order.failureMode &&
    next.priority === order.priority &&
    next.dueAt === order.dueAt;
  return isSame ? null : next;
}

function nextOf(order: WorkOrder, transition: Transition, { others, timezone, assetName }: Around): Followed {
  const { workOrder: policy, finding, effect } = transition;
  switch (effect) {
    case 'raised':
    case 'raised again':
    case 're-alarmed':
    case 'changed': {
      if (policy === null || finding === null) return order;
      const job = describeJob(transition, policy, assetName);
      const dueAt = dateOf(order, job);
      if (leads(order, transition, { job, others }))
        return { ...job, description: `${job.description}${sayOthers(others)}`, dueAt };
      const also = [...others.filter((other) => !isAbout(order, other)), { explanation: finding.explanation }];
      return { ...order, description: `${mainPart(order)}${sayOthers(also)}`, dueAt };
    }
    case 'acknowledged': {
      const isOver = policy === null || finding === null || OVER.test(order.description);
      if (isOver || others.length > 0) return order;
      const job = describeJob(transition, policy, assetName);
      return { ...job, dueAt: dateOf(order, job) };
    }
    case 'returned':
    case 'cleared': {
      const newest = others.at(-1);
      if (newest !== undefined) {
        const described = others.find((other) => isAbout(order, other));
        const also = sayOthers(others.filter((other) => other !== (described ?? newest)));
        if (described !== undefined) return { ...order, description: `${mainPart(order)}${also}` };
        if (policy === null) return order;
        const standing = describeStanding(newest, transition, { policy, assetName });
        const { title, failureMode, description } = standing;
        if (planIn(standing) !== '')
          return {
            ...{ title, failureMode, description: `${description}${also}` },
            ...{ priority: order.priority, dueAt: order.dueAt },
          };
        return { ...order, description: `${description}${planIn(order)}${also}` };
      }
      if (effect === 'cleared' && finding !== null && OVER.test(order.description)) return order;
      const { title, failureMode, priority, dueAt, description } = order;
      const was = description.replace(OVER, '');
      return { title, failureMode, priority, dueAt, description: `${sayOver(transition, { was, timezone })}\n${was}` };
    }
    case 'corrected':
      return order;
  }
}

/**
 * A later date than the job has: only where all was over. Each change is dated from when it came, so that a fault that gets worse, up to
 * its limit, would have put off the job that somebody has planned for.
 */
function dateOf({ dueAt, description }: WorkOrder, fresh: JobText): number {
  const isFree = dueAt === null || OVER.test(description);
  return Math.floor(isFree ? fresh.dueAt : Math.min(dueAt, fresh.dueAt));
}

/**
 * Whether the job is to be about this alert: it is already, or it has steps where the job has none (what is wrong is known then, not only
 * that something is), or no other that stands is as severe.
 */
function leads(
  order: WorkOrder,
  transition: Transition,
  { job, others }: { readonly job: JobText; readonly others: readonly Alert[] },
): boolean {
  if (others.length === 0 || isAbout(order, transition)) return true;
  const hasPlan = planIn(job) !== '';
  if (hasPlan !== (planIn(order) !== '')) return hasPlan;
  return isSevere(transition.level) && !others.some(({ level }) => isSevere(level));
}

/** Whether it is this alert, of all of the job's, that its text describes. */
function isAbout({ description }: WorkOrder, alert: Pick<Alert, 'rule' | 'tag'>): boolean {
  return `${description}\n`.includes(`${sayRaisedBy(alert)}\n`); // or `fan.speed` would be taken for `fan.speed.mean`
}

/** What the job says without the other alerts. */
function mainPart({ description }: Pick<WorkOrder, 'description'>): string {
  const end = description.lastIndexOf(ALSO);
  return end < 0 ? description : description.slice(0, end);
}

/** The steps as they stand in the job: what was found later need not name the fault they are for. */
function planIn(order: Pick<WorkOrder, 'description'>): string {
  const text = mainPart(order);
  const begin = text.lastIndexOf('\n1. ');
  return begin < 0 ? '' : text.slice(begin);
}

/** Another alert of the same rule: what was found is as it was stored. */
function describeStanding(
  alert: Alert,
  { at }: Transition,
  { policy, assetName }: { readonly policy: WorkOrderPolicy; readonly assetName: string | undefined },
): JobText {
  const { value, limit, explanation, fault } = alert;
  const finding = { value: value ?? 0, limit: limit ?? 0, explanation, ...(fault !== undefined && { fault }) };
  return describeJob({ ...alert, at, finding }, policy, assetName);
}

function sayOthers(others: readonly Pick<Alert, 'explanation'>[]): string {
  if (others.length === 0) return '';
  return `${ALSO}${others.map(({ explanation }) => `\n- ${partsOf(explanation)[0]}`).join('')}`;
}

function sayOver(
  { at, finding, note }: Transition,
  { was, timezone }: { readonly was: string; readonly timezone: string },
): string {
  const time = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  const since = `since ${time.format(at)} (${timezone})`;
  if (finding === null) return `No longer judged ${since}: ${oneLine(note ?? 'nobody said why')}.`;
  const [headline = ''] = partsOf(finding.explanation);
  return was.startsWith(headline) ? `Back to normal ${since}.` : `Back to normal ${since}: ${oneLine(headline)}.`;
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ');
}
