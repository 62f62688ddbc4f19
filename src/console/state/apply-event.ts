import type { Signal } from '@preact/signals';
import type { Alert, Delivery, Source, WorkOrder } from '../api.generated.ts';
import type { LiveEvent } from '../link/live.ts';
import { priorityWord } from '../text/state-words.ts';
import { awaitsAcknowledgement, isActive } from './alert-order.ts';
import { stageOf } from './alert-stage.ts';
import type { LiveReading } from './live-tags.ts';
import type { PlantState } from './plant-state.ts';

/** Most of each kind the page remembers; what is still active is never forgotten. */
const MAX_REMEMBERED = 500;

/**
 * Puts one event of the stream into the state. Answers `unknown tags` when readings came for tags the page has never
 * heard of: the plant has grown and must be fetched again. Throws `SyntaxError` when the body is not JSON.
 */
export function applyEvent(state: PlantState, event: LiveEvent, body: string): 'applied' | 'unknown tags' {
  const content: unknown = JSON.parse(body);
  // The stream is part of the API and is held to the same shapes, hence the casts.
  switch (event) {
    case 'readings': {
      const strangers = state.live.take(content as readonly LiveReading[], (tag) => state.tags.peek().has(tag));
      return strangers.length === 0 ? 'applied' : 'unknown tags';
    }
    case 'alert':
      applyAlert(state, content as Alert);
      return 'applied';
    case 'workOrder':
      put(state.workOrders, content as WorkOrder, () => true);
      return 'applied';
    case 'delivery':
      put(state.deliveries, content as Delivery, () => true);
      return 'applied';
    case 'source':
      put(state.sources, content as Source, () => true);
      return 'applied';
  }
}

/** Puts an alert into the state and has it read out when it is newly raised. */
export function applyAlert(state: PlantState, alert: Alert): void {
  const before = state.alerts.peek().get(alert.id);
  put(state.alerts, alert, (old) => !isActive(old));
  const isNews = alert.state === 'unacknowledged' && before?.state !== 'unacknowledged';
  if (isNews) state.announcement.value = announcementOf(state, alert);
  if (!awaitsAcknowledgement(alert)) forget(state.acknowledging, alert.id);
  if (stageOf(alert) !== 'latched') forget(state.resetting, alert.id);
}

/**
 * Puts the answer to a command about an alert into the state, unless the stream has said more of it since `before`, which is what
 * was known as the command was sent: the stream may overtake the answer, and has all that the answer says.
 */
export function applyAnswer(state: PlantState, alert: Alert, before: Alert | undefined): void {
  if (state.alerts.peek().get(alert.id) === before) applyAlert(state, alert);
}

/** The same for the answer to what somebody did about a job. */
export function applyJobAnswer(state: PlantState, order: WorkOrder, before: WorkOrder | undefined): void {
  if (state.workOrders.peek().get(order.id) === before) put(state.workOrders, order, () => true);
}

function forget(progress: PlantState['acknowledging'], id: string): void {
  if (!progress.peek().has(id)) return;
  const rest = new Map(progress.peek());
  rest.delete(id);
  progress.value = rest;
}

function announcementOf(state: PlantState, alert: Alert): string {
  const asset = state.assets.peek().find((one) => one.id === alert.asset)?.name ?? alert.source ?? '';
  return `New alert, priority ${priorityWord(alert.priority).toLowerCase()}${asset === '' ? '' : `, ${asset}`}: ${alert.explanation}`;
}

/** Stores one item under its id; when there are too many, the oldest that may be forgotten goes. */
function put<T extends { readonly id: string }>(
  target: Signal<ReadonlyMap<string, T>>,
  item: T,
  mayForget: (item: T) => boolean,
): void {
  const next = new Map(target.peek());
  next.set(item.id, item);
  if (next.size > MAX_REMEMBERED) {
    for (const [id, old] of next) {
      if (id === item.id || !mayForget(old)) continue;
      next.delete(id);
      break;
    }
  }
  target.value = next;
}
