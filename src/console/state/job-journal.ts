import type { WorkOrderDetail } from '../api.generated.ts';

/** One line of what happened about a job: an alert of it has moved, or somebody did something. */
export interface JobLine {
  readonly at: string;
  /** As it is written in the journal: `raised again`, `started`. */
  readonly what: string;
  readonly by: string | null;
  readonly note: string | null;
  readonly level: string | null;
  readonly explanation: string | null;
  /** The alert that moved; `null`: somebody acted on the job. */
  readonly alert: string | null;
}

/** What happened about a job, its alerts' journals and its own as one, the newest first. */
export function journalOf({ events, actions }: Pick<WorkOrderDetail, 'events' | 'actions'>): readonly JobLine[] {
  const lines: JobLine[] = [
    ...events.map(({ effect, ...event }) => ({ ...event, what: effect })),
    ...actions.map(({ action, ...rest }) => ({ ...rest, what: action, level: null, explanation: null, alert: null })),
  ];
  // Stable: what happened at the same moment stays in the order in which it was written.
  return lines.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).reverse();
}

/** What an alert said last while it was the job's, `null` when it said nothing. */
export function lastSaid(events: WorkOrderDetail['events'], alert: string): string | null {
  const isFound = (effect: string) => effect.startsWith('rais') || effect === 're-alarmed' || effect === 'changed';
  const said = events.filter((event) => event.alert === alert && isFound(event.effect) && event.explanation !== null);
  return said.at(-1)?.explanation ?? null;
}
