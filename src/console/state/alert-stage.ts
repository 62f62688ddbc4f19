import type { Alert } from '../api.generated.ts';

/**
 * Where an alert stands, for a person: the state of the API, and the wait of a latched one for a reset, which the API shows as
 * acknowledged with a time at which its condition went.
 */
export type AlertStage = Alert['state'] | 'latched';

/** Tells where an alert stands. Only a latched one stays acknowledged once its condition has gone. */
export function stageOf({ state, returnedAt }: Pick<Alert, 'state' | 'returnedAt'>): AlertStage {
  return state === 'acknowledged' && returnedAt !== null ? 'latched' : state;
}

/** Tells whether what the alert is about is still so. */
export function isStanding(alert: Pick<Alert, 'state' | 'returnedAt'>): boolean {
  const stage = stageOf(alert);
  return stage === 'unacknowledged' || stage === 'acknowledged';
}

/** One thing that has happened to an alert, or that it still needs before it is over. */
export interface AlertStep {
  readonly word: 'Raised' | 'Acknowledged' | 'Back to normal' | 'Reset' | 'Cleared';
  /** RFC 3339; `null`: not yet. */
  readonly at: string | null;
  readonly by: string | null;
}

/** The way of an alert from raised to cleared, what has happened first; a reset only when it is known to be needed. */
export function stepsOf(alert: Alert): readonly AlertStep[] {
  const steps: AlertStep[] = [
    { word: 'Acknowledged', at: alert.acknowledgedAt, by: alert.acknowledgedBy },
    // An alert that nobody had to wait for is cleared at the moment its condition goes.
    { word: 'Back to normal', at: alert.returnedAt ?? alert.clearedAt, by: null },
  ];
  steps.sort((a, b) => timeOf(a) - timeOf(b));
  return [
    { word: 'Raised', at: alert.raisedAt, by: null },
    ...steps,
    ...(stageOf(alert) === 'latched' ? [{ word: 'Reset', at: null, by: null } as const] : []),
    { word: 'Cleared', at: alert.clearedAt, by: null },
  ];
}

function timeOf({ at }: AlertStep): number {
  return at === null ? Number.POSITIVE_INFINITY : Date.parse(at);
}
