import type { Alert } from '../model/alert.ts';
import type { EpochMs } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';
import { findAlerts, listAlerts } from '../store/alerts.ts';
import type { Session } from '../store/database.ts';

/** Most alerts closed in one go; more are closed at the next start. */
const MAX_ORPHANS = 10_000;

/**
 * What makes the store agree with the engine about which alerts are open, once everything that happened was evaluated:
 * journaled and told to people like any other transition. One that only the store has open is closed: its rule was changed
 * or removed, or the readings log it came from is gone. One that only the engine has open is raised: a changed rule, or
 * another time of the same log, found it in what was evaluated a second time, whose transitions are not handed on again.
 */
export async function reconcile(
  session: Session,
  openInEngine: readonly Transition[],
  context: ReconcileContext,
): Promise<Transition[]> {
  const stored = await listAlerts(session, { state: 'active', limit: MAX_ORPHANS });
  const inEngine = new Set(openInEngine.map(({ alert }) => alert));
  const orphans = stored.filter(({ id }) => !inEngine.has(id));
  return [
    ...orphans.map((alert) => closing(alert, context)),
    ...(await untold(session, openInEngine, new Set(stored.map(({ id }) => id)), context)),
  ];
}

/** When and where in the log that is, and why the engine let alerts go as far as it knows: by alert. */
interface ReconcileContext {
  readonly at: EpochMs;
  readonly position: number;
  readonly reasons: ReadonlyMap<string, string>;
}

/** Openings of alerts that the store does not have, or has closed. */
async function untold(
  session: Session,
  openInEngine: readonly Transition[],
  openInStore: ReadonlySet<string>,
  { at, position }: ReconcileContext,
): Promise<Transition[]> {
  const missing = openInEngine.filter(({ alert }) => !openInStore.has(alert));
  if (missing.length === 0) return [];
  const ids = missing.map(({ alert }) => alert);
  const states = new Map((await findAlerts(session, ids)).map(({ id, state }) => [id, state]));
  return missing
    .filter(({ alert }) => (states.get(alert) ?? 'normal') === 'normal')
    .map((opening): Transition => {
      const told = { ...opening, position, note: 'found when the log was evaluated again after a start' };
      return states.has(opening.alert) ? { ...told, effect: 'raised again', at } : told;
    });
}

function closing(alert: Alert, { at, position, reasons }: ReconcileContext): Transition {
  const { rule, kind, tag, asset, source, priority, raisedAt } = alert;
  return {
    alert: alert.id,
    rule,
    kind,
    tag,
    asset,
    source,
    priority,
    workOrder: null,
    effect: 'cleared',
    state: 'normal',
    at,
    raisedAt,
    level: null,
    finding: null,
    by: null,
    note: reasons.get(alert.id) ?? 'its rule or source was changed or removed, or its history is gone',
    position,
  };
}
