import type { Alert } from '../api.generated.ts';

const PRIORITY_RANK: Readonly<Record<Alert['priority'], number>> = { critical: 0, high: 1, medium: 2, low: 3 };

const STATE_RANK: Readonly<Record<Alert['state'], number>> = {
  unacknowledged: 0,
  acknowledged: 1,
  returned: 2,
  normal: 3,
};

/** True while somebody must see the alert: raised, and not both back to normal and acknowledged. */
export function isActive(alert: Alert): boolean {
  return alert.state !== 'normal';
}

/** True while nobody has said that they have seen it. */
export function awaitsAcknowledgement(alert: Alert): boolean {
  return alert.state === 'unacknowledged' || alert.state === 'returned';
}

/** Orders alerts worst first: priority, then what still asks for a person, then the newest. Total, so that rows never swap. */
export function compareAlerts(a: Alert, b: Alert): number {
  return (
    PRIORITY_RANK[a.priority] - PRIORITY_RANK[b.priority] ||
    STATE_RANK[a.state] - STATE_RANK[b.state] ||
    compareText(b.raisedAt, a.raisedAt) ||
    compareText(a.id, b.id)
  );
}

/** Picks the active alerts, worst first. */
export function activeAlerts(alerts: Iterable<Alert>): Alert[] {
  return [...alerts].filter(isActive).sort(compareAlerts);
}

/** Picks the newest `count` alerts that are over, the one that cleared last first. */
export function clearedAlerts(alerts: Iterable<Alert>, count: number): Alert[] {
  const cleared = [...alerts].filter((alert) => alert.state === 'normal' && alert.clearedAt !== null);
  cleared.sort((a, b) => compareText(b.clearedAt ?? '', a.clearedAt ?? '') || compareText(a.id, b.id));
  return cleared.slice(0, count);
}

/** Finds the alert before or after `id` in the list; the first one when `id` is not in it, `null` when the list is empty. */
export function neighbour(list: readonly Alert[], id: string | null, step: 1 | -1): Alert | null {
  const index = list.findIndex((alert) => alert.id === id);
  if (index === -1) return list[0] ?? null;
  return list[Math.min(list.length - 1, Math.max(0, index + step))] ?? null;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
