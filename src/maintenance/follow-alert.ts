import type { Alert } from '../model/alert.ts';
import type { WorkOrderPolicy } from '../model/plant.ts';
import type { Transition } from '../model/transition.ts';
import type { WorkOrder } from '../model/work-order.ts';
import { describeJob, type JobText } from './describe-job.ts';

/** What follows its alerts in a job: their journals keep what it said before. */
export type Followed = Pick<WorkOrder, 'title' | 'description' | 'failureMode' | 'dueAt'>;

/** What is known around the alert that moved. */
export interface Around {
  /** Other alerts of the same job whose condition holds, oldest first. */
  readonly others: readonly Alert[];
  /** Of the plant, IANA. */
  readonly timezone: string;
}

/** The first line of a job of which nothing is left to be seen. */
const OVER = /^(?:Back to normal|No longer judged) [^\n]*\n/;

/**
 * What an open job says once one of its alerts has moved: what was found last and what else still stands, or on top that it is
 * over, once nothing does. Its date comes forward when an alert got worse, and is never put back. `null`: nothing is different.
 * Following the same transitions again comes to the same text.
 */
export function followAlert(order: WorkOrder, transition: Transition, around: Around): Followed | null {
  if (order.state !== 'open' && order.state !== 'in progress') return null;
  const next = nextOf(order, transition, around);
  const isSame =
    next.title === order.title &&
    next.description === order.description &&
    next.failureMode === order.failureMode &&
    next.dueAt === order.dueAt;
  return isSame ? null : next;
}

function nextOf(order: WorkOrder, transition: Transition, { others, timezone }: Around): Followed {
  const { workOrder: policy, finding, effect } = transition;
  switch (effect) {
    case 'raised':
    case 'raised again':
    case 're-alarmed':
    case 'changed':
      return policy === null || finding === null
        ? order
        : withDate(order, describeJob(transition, policy), sayOthers(others));
    case 'acknowledged': {
      const isOver = policy === null || finding === null || OVER.test(order.description);
      return isOver || others.length > 0 ? order : withDate(order, describeJob(transition, policy), '');
    }
    case 'returned':
    case 'cleared': {
      const newest = others.at(-1);
      if (newest !== undefined) {
        if (policy === null) return order;
        return withDate(order, describeStanding(newest, transition, policy), sayOthers(others.slice(0, -1)));
      }
      if (effect === 'cleared' && finding !== null && OVER.test(order.description)) return order;
      const { title, failureMode, dueAt, description } = order;
      const was = description.replace(OVER, '');
      return { title, failureMode, dueAt, description: `${sayOver(transition, { was, timezone })}\n${was}` };
    }
    case 'corrected':
      return order;
  }
}

function withDate(order: WorkOrder, { dueAt, description, ...text }: JobText, rest: string): Followed {
  const soonest = Math.floor(order.dueAt === null ? dueAt : Math.min(order.dueAt, dueAt));
  return { ...text, description: `${description}${rest}`, dueAt: soonest };
}

/** Another alert of the same rule: what was found is as it was stored, which has no name of a fault. */
function describeStanding(alert: Alert, { at }: Transition, policy: WorkOrderPolicy): JobText {
  const { value, limit, explanation } = alert;
  const finding = { value: value ?? 0, limit: limit ?? 0, explanation };
  return describeJob({ ...alert, at, finding }, policy);
}

function sayOthers(others: readonly Alert[]): string {
  if (others.length === 0) return '';
  return `\nAlso for this job:${others.map(({ explanation }) => `\n- ${explanation.split('; ')[0]}`).join('')}`;
}

function sayOver(
  { at, finding, note }: Transition,
  { was, timezone }: { readonly was: string; readonly timezone: string },
): string {
  const time = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  const since = `since ${time.format(at)} (${timezone})`;
  if (finding === null) return `No longer judged ${since}: ${oneLine(note ?? 'nobody said why')}.`;
  const [headline = ''] = finding.explanation.split('; ');
  return was.startsWith(headline) ? `Back to normal ${since}.` : `Back to normal ${since}: ${oneLine(headline)}.`;
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ');
}
