import type { Alert } from '../model/alert.ts';
import { sayCorrection } from '../model/correction-words.ts';
import type { DatedLife } from '../model/remaining-life.ts';
import type { SourceStatus } from '../model/source-state.ts';
import { formatOptionalTime, formatTime } from '../model/time.ts';
import { formatJobTimes, type WorkOrder } from '../model/work-order.ts';
import type { AlertEvent } from '../store/alert-journal.ts';
import type { Delivery } from '../store/deliveries.ts';
import type { StoredReading } from '../store/readings.ts';
import type { StoredText } from '../store/texts.ts';
import type { Webhook } from '../store/webhooks.ts';
import type { Gap } from './history/gaps.ts';

// Inside, time is EpochMs; at this edge it becomes RFC 3339.

const time = formatTime;
const optionalTime = formatOptionalTime;

/** An alert as the API gives it out. */
export function presentAlert({ rul, fault, ...alert }: Alert) {
  return {
    ...alert,
    ...(fault !== undefined && { fault }),
    ...presentLife(rul),
    state: alert.state as Exclude<Alert['state'], 'pending'>, // what is stored has been raised
    raisedAt: time(alert.raisedAt),
    returnedAt: optionalTime(alert.returnedAt),
    clearedAt: optionalTime(alert.clearedAt),
    acknowledgedAt: optionalTime(alert.acknowledgedAt),
  };
}

/** A line of an alert's journal as the API gives it out; what a correction says, by the clock of the plant. */
export function presentAlertEvent<Event extends AlertEvent>({ rul, at, note, ...rest }: Event, timezone: string) {
  const said = note !== null && rest.effect === 'corrected' ? sayCorrection(note, timezone) : note;
  return { ...rest, note: said, at: time(at), ...presentLife(rul) };
}

/** A forecast as the API gives it out, where there is one. */
export function presentLife(rul: DatedLife | null | undefined) {
  return rul ? { rul: { ...rul, at: time(rul.at) } } : {};
}

/** A work order as the API gives it out. */
export function presentWorkOrder(order: WorkOrder) {
  return { ...order, alerts: [...order.alerts], alsoOpen: [...order.alsoOpen], ...formatJobTimes(order) };
}

/** A webhook as the API gives it out. */
export function presentWebhook(webhook: Webhook) {
  return { ...webhook, priorities: [...webhook.priorities], createdAt: time(webhook.createdAt) };
}

/** A delivery as the API gives it out. */
export function presentDelivery(delivery: Delivery) {
  const { createdAt, deliveredAt, nextAt } = delivery;
  return {
    ...delivery,
    createdAt: time(createdAt),
    deliveredAt: optionalTime(deliveredAt),
    nextAt: optionalTime(nextAt),
  };
}

/** A source as the API gives it out. */
export function presentSource(source: SourceStatus) {
  const { since, lastSuccess, nextAttempt, lastError } = source;
  return {
    ...source,
    since: time(since),
    lastSuccess: optionalTime(lastSuccess),
    nextAttempt: optionalTime(nextAttempt),
    lastError: lastError && { ...lastError, at: time(lastError.at) },
    diagnosis: source.diagnosis.join('\n'),
  };
}

/** A reading as the API gives it out. */
export function presentReading({ at, value, quality, code, text }: StoredReading) {
  const shown = code === undefined ? { at: time(at), value, quality } : { at: time(at), value, quality, code };
  return text === undefined ? shown : { ...shown, text };
}

/** A text reading as the API gives it out. */
export function presentText({ at, ...text }: StoredText) {
  return { at: time(at), ...text };
}

/** A gap as the API gives it out. */
export function presentGap({ from, to, reason }: Gap) {
  return { from: time(from), to: time(to), reason };
}
