import { captureOf } from '../../rules/features/capture-of.ts';
import type { Alert, AlertEffect, Priority } from '../model/alert.ts';
import { alertPicturePath } from '../model/alert-picture.ts';
import { sayCorrection } from '../model/correction-words.ts';
import type { MeasuringPoint } from '../model/measuring-point.ts';
import type { EpochMs } from '../model/reading.ts';
import { formatOptionalTime, formatTime } from '../model/time.ts';
import type { Transition } from '../model/transition.ts';
import { jobPagePath, type WorkOrder } from '../model/work-order.ts';

/** What people are told of one transition, before it is known who wants to hear it. */
export interface Message {
  /** Of the message; each endpoint gets it as `<id>_<webhook>`. */
  readonly id: string;
  readonly alert: string;
  readonly effect: AlertEffect;
  readonly priority: Priority;
  /** Standard Webhooks' `{type, timestamp, data}` as JSON text. */
  readonly body: string;
  readonly at: EpochMs;
}

/** What a message says besides its transition and its alert. */
export interface MessageAbout {
  readonly workOrder: WorkOrder | null;
  /** Its name. */
  readonly plant: string;
  /** Of the plant: what people read is written by its clock. */
  readonly timezone: string;
  /** Whose captures have pictures; absent: none. */
  readonly points?: readonly MeasuringPoint[] | undefined;
  readonly at: EpochMs;
}

/** The message of a transition: raised, acknowledged, cleared … */
export function transitionMessage(transition: Transition, alert: Alert, about: MessageAbout): Message {
  const { effect, priority } = transition;
  const type = `alert.${effect.replaceAll(/[ -]/g, '_')}`;
  const correction = effect === 'corrected' && {
    correction: transition.note && sayCorrection(transition.note, about.timezone),
  };
  const data = { ...dataOf(alert, about), ...correction };
  const body = JSON.stringify({ type, timestamp: formatTime(transition.at), data });
  return { id: messageId(transition), alert: alert.id, effect, priority, body, at: about.at };
}

/**
 * The message that hands in the job of an alert whose own message went out while the database was away, and so without it:
 * only the database can number a job.
 */
export function workOrderMessage(
  transition: Transition,
  alert: Alert,
  about: MessageAbout & { readonly workOrder: WorkOrder },
): Message {
  const { effect, priority } = transition;
  const data = dataOf(alert, about);
  const body = JSON.stringify({ type: 'alert.work_order', timestamp: formatTime(transition.at), data });
  return { id: `${messageId(transition)}_work-order`, alert: alert.id, effect, priority, body, at: about.at };
}

/** The same on every replay, so that a message can't be put into the outbox twice. */
export function messageId({ alert, effect, position, at }: Transition): string {
  // One record can hold readings of an hour, and the same alert may be raised again twice in it.
  return `msg_${alert.replaceAll('-', '')}_${position}_${effect.replaceAll(' ', '-')}_${Math.round(at * 1_000)}`;
}

function dataOf(alert: Alert, { workOrder, plant, points = [] }: MessageAbout): Readonly<Record<string, unknown>> {
  return {
    plant,
    alert: {
      ...alert,
      raisedAt: formatTime(alert.raisedAt),
      returnedAt: formatOptionalTime(alert.returnedAt),
      clearedAt: formatOptionalTime(alert.clearedAt),
      acknowledgedAt: formatOptionalTime(alert.acknowledgedAt),
      ...(alert.rul && { rul: { ...alert.rul, at: formatTime(alert.rul.at) } }),
    },
    workOrder: workOrder && {
      id: workOrder.id,
      number: workOrder.number,
      title: workOrder.title,
      description: workOrder.description,
      failureMode: workOrder.failureMode,
      dueAt: formatOptionalTime(workOrder.dueAt),
      alsoOpen: workOrder.alsoOpen,
      page: jobPagePath(workOrder.number),
    },
    picture: captureOf(points, alert.tag) === null ? null : alertPicturePath(alert.id),
  };
}
